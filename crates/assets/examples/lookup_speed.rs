//! How long a look-up takes and how much memory the table needs: 10,000 assets, 100,000 prefixes.
//!
//! `cargo run --release -p assets --example lookup_speed`
#![expect(clippy::print_stdout, reason = "it reports to a person")]

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Instant;

use assets::model::AssetState;
use assets::{AssetCard, Entry, Inventory};
use detection::urgency::Criticality;
use ipnet::{IpNet, Ipv4Net};
use vocab::{AssetId, OrganizationId};

const ASSETS: u32 = 10_000;
const PREFIXES_EACH: u32 = 10;
const LOOK_UPS: u32 = 2_000_000;

fn main() {
    let before = resident_kilobytes();
    let (inventory, organization) = (Inventory::default(), OrganizationId::new());
    let entries = (0..ASSETS).map(entry).collect::<Vec<_>>();
    let started = Instant::now();
    inventory.install(organization, 1, entries);
    println!("built in {:?}", started.elapsed());
    println!("memory: about {} KB (the entries it was built from are freed)", resident_kilobytes() - before);

    let known = (0..ASSETS * PREFIXES_EACH).map(|index| IpAddr::from(host(index))).collect::<Vec<_>>();
    measure("a host of the inventory", &known, |address| inventory.find(organization, address).is_some());
    let unknown = (0..100_000u32)
        .map(|index| IpAddr::from(Ipv4Addr::from(0xc000_0000 | scattered(index) & 0x0fff_ffff)))
        .collect::<Vec<_>>();
    measure("an address nobody has", &unknown, |address| inventory.find(organization, address).is_some());
    let names = (0..ASSETS).map(|index| format!("HOST-{index}.example.org")).collect::<Vec<_>>();
    measure("a hostname", &names, |name| inventory.find_by_hostname(organization, &name).is_some());
}

fn measure<T: Clone>(what: &str, values: &[T], look_up: impl Fn(T) -> bool) {
    let started = Instant::now();
    let mut found = 0u32;
    for value in values.iter().cycle().take(LOOK_UPS as usize) {
        found += u32::from(black_box(look_up(black_box(value.clone()))));
    }
    println!("{what}: {:?} each, {found} of {LOOK_UPS} found", started.elapsed() / LOOK_UPS);
}

fn entry(index: u32) -> Entry {
    let card = AssetCard {
        id: AssetId::new(),
        name: format!("host-{index}"),
        criticality: Criticality::Medium,
        state: AssetState::Active,
        is_internet_facing: false,
        owner: Some(format!("owner {}", index % 50)),
        department: Some(format!("department {}", index % 12)),
    };
    let addresses = (0..PREFIXES_EACH)
        .filter_map(|step| {
            let length = if step == 9 { 28 } else { 32 };
            Ipv4Net::new(host(index * PREFIXES_EACH + step), length).ok()
        })
        .map(|net| IpNet::V4(net.trunc()))
        .collect();
    Entry { card, addresses, hostnames: vec![format!("host-{index}.example.org")] }
}

/// Addresses of 10.0.0.0/8, scattered and without repeats.
fn host(index: u32) -> Ipv4Addr {
    Ipv4Addr::from(0x0a00_0000 | scattered(index) & 0x00ff_ffff)
}

/// An odd multiplier: one to one in every number of low bits.
fn scattered(index: u32) -> u32 {
    index.wrapping_mul(0x9e37_79b1)
}

fn resident_kilobytes() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").trim().parse().unwrap_or(0)
}
