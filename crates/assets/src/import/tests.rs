use std::collections::HashMap;

use time::OffsetDateTime;
use vocab::{AssetId, OrganizationId};

use super::draft::Draft;
use super::plan::{ImportAction, Labels, Plan, name_key};
use super::sheet::{Sheet, Unreadable};
use super::{MAX_ROWS, RowError};
use crate::model::{Asset, AssetContent, AssetKind, AssetState};
use crate::store::Holder;
use detection::urgency::Criticality;

fn read(bytes: &[u8]) -> (Vec<Draft>, Vec<RowError>) {
    let organization = OrganizationId::new();
    let sheet = match Sheet::read(bytes) {
        Ok(sheet) => sheet,
        Err(unreadable) => return (Vec::new(), vec![error(0, None, &format!("{unreadable:?}"))]),
    };
    let mut read = (Vec::new(), Vec::new());
    for row in &sheet.rows {
        match Draft::read(&sheet.headers, row, organization) {
            Ok(draft) => read.0.push(draft),
            Err(errors) => read.1.extend(errors),
        }
    }
    read
}

fn error(row: u32, column: Option<&str>, message: &str) -> RowError {
    RowError { row, column: column.map(str::to_owned), message: message.to_owned() }
}

fn contents(bytes: &[u8]) -> Vec<AssetContent> {
    let (drafts, errors) = read(bytes);
    assert_eq!(errors, []);
    drafts.iter().map(|draft| draft.onto(None)).collect()
}

#[test]
fn a_table_in_english_and_the_same_in_spanish_say_the_same() {
    let english = contents(
        b"name,type,criticality,status,owner,department,description,internet facing,ip addresses,hostnames,labels\n\
          Mail,server,high,active,Ana,IT,\"One, two\",yes,10.0.0.5 10.1.0.0/16,mail.example.org,PCI; prod\n",
    );
    let spanish = contents(
        "Nombre;Tipo;Criticidad;Estado;Dueño;Departamento;Descripción;¿Expuesto a Internet?;Dirección IP;Nombre de host;Etiquetas\n\
         Mail;Servidor;ALTA;Activo;Ana;IT;One, two;Sí;10.0.0.5|10.1.0.0/16;mail.example.org;pci,prod\n"
            .as_bytes(),
    );
    assert_eq!(english, spanish);
    let [mail] = english.as_slice() else { return assert_eq!(english.len(), 1) };
    assert_eq!(
        (mail.kind, mail.criticality, mail.state),
        (AssetKind::Server, Criticality::High, AssetState::Active)
    );
    assert_eq!(mail.tags, ["pci", "prod"]);
    assert!(mail.is_internet_facing);
}

#[test]
fn the_separator_and_the_encoding_are_found_out() {
    let utf16 = |text: &str| {
        let units = std::iter::once(0xfeff_u16).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect::<Vec<_>>()
    };
    let tables: [(&str, Vec<u8>); 6] = [
        ("comma", "nombre,dueño\nCorreo,Íñigo\n".into()),
        ("semicolon and mark", "\u{feff}nombre;dueño\r\nCorreo;Íñigo\r\n".into()),
        ("tab", "nombre\tdueño\nCorreo\tÍñigo".into()),
        ("Windows-1252", b"nombre;due\xf1o\nCorreo;\xcd\xf1igo\n".to_vec()),
        ("UTF-16", utf16("nombre\tdueño\r\nCorreo\tÍñigo\r\n")),
        ("Excel's own line", "sep=;\r\nnombre;dueño\r\nCorreo;Íñigo\r\n".into()),
    ];
    for (what, bytes) in tables {
        let contents = contents(&bytes);
        let read = contents.iter().map(|content| (content.name.as_str(), content.owner.as_deref()));
        assert_eq!(read.collect::<Vec<_>>(), [("Correo", Some("Íñigo"))], "{what}");
    }
}

#[test]
fn every_mistake_is_named_by_its_row_as_a_spreadsheet_numbers_it_and_by_its_column() {
    let (drafts, errors) = read(
        b"nombre,criticidad,ip,tags,notas\n\
          fine,alta,10.0.0.5,a,\"two\nlines\"\n\
          \n\
          ,enorme,10.0.0.5/24 web,\"a,b\",\n\
          wide,,,,,surplus\n\
          short\n",
    );
    let names = drafts.iter().map(|draft| (draft.row, draft.name.as_str())).collect::<Vec<_>>();
    assert_eq!(names, [(2, "fine"), (6, "short")]);
    assert_eq!(
        errors,
        [
            error(4, Some("nombre"), "is required"),
            error(4, Some("criticidad"), "\"enorme\" is none of low, medium, high, critical"),
            error(
                4,
                Some("ip"),
                "10.0.0.5/24 has bits beyond its prefix: write 10.0.0.0/24 for the network or 10.0.0.5 for the host"
            ),
            error(
                4,
                Some("ip"),
                "\"web\" is not an address: write one such as 10.0.0.5, 10.0.0.0/24 or 2001:db8::/32"
            ),
            error(5, None, "has 6 cells under 5 headers; is a text with a separator unquoted?"),
        ]
    );
}

#[test]
fn a_file_that_is_no_table_of_assets_is_refused_whole() {
    let check = |bytes: &[u8], expected: &str| {
        let expected = match expected {
            "too many rows" => Unreadable::TooManyRows,
            message => Unreadable::Otherwise(message.to_owned()),
        };
        assert_eq!(Sheet::read(bytes).err(), Some(expected));
    };
    check(b"", "the file is empty");
    check(b"ip,owner\n10.0.0.5,Ana\n", "the first row names no column \"name\" (or \"nombre\")");
    check(b"name,nombre\n", "the columns \"name\" and \"nombre\" mean the same");
    let many = format!("name\n{}", "a\n".repeat(MAX_ROWS + 1));
    check(many.as_bytes(), "too many rows");
    check(b"\x00\xff\xfe\x89PNG", "the first row names no column \"name\" (or \"nombre\")");
}

#[test]
fn columns_that_are_not_ours_are_left_alone_and_named() {
    let sheet = Sheet::read(b"name,Rack,owner,Serial no.\nweb,R1,Ana,123\n");
    let ignored = sheet.ok().map(|sheet| sheet.ignored_columns());
    assert_eq!(ignored, Some(vec!["Rack".to_owned(), "Serial no.".to_owned()]));
}

fn asset(name: &str, addresses: &[&str]) -> Asset {
    let content = AssetContent {
        name: name.to_owned(),
        kind: AssetKind::Server,
        criticality: Criticality::High,
        state: AssetState::Active,
        owner: Some("Ana".to_owned()),
        department: None,
        description: None,
        is_internet_facing: true,
        addresses: addresses.iter().filter_map(|text| text.parse().ok()).collect(),
        hostnames: vec![],
        tags: vec!["old".to_owned()],
    };
    let now = OffsetDateTime::UNIX_EPOCH;
    Asset {
        id: AssetId::new(),
        organization_id: OrganizationId::new(),
        content,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

/// The plan of a table against assets, told by action and by mistake.
fn plan(bytes: &[u8], assets: &[Asset]) -> (Vec<(u32, ImportAction, AssetContent)>, Vec<RowError>) {
    let (drafts, errors) = read(bytes);
    let by_name = assets.iter().map(|asset| (name_key(&asset.content.name), asset.clone()));
    let asked = drafts.iter().flat_map(|draft| draft.addresses.iter().flatten()).collect::<Vec<_>>();
    let holders = assets
        .iter()
        .flat_map(|asset| asset.content.addresses.iter().map(move |address| (asset, *address)))
        .filter(|(_, address)| asked.contains(&address))
        .map(|(asset, address)| Holder {
            address,
            asset_id: asset.id,
            name: asset.content.name.clone(),
            state: asset.content.state,
        })
        .collect::<Vec<_>>();
    let labels = Labels { name: Some("name".to_owned()), addresses: Some("ip".to_owned()) };
    let plan = Plan::make(drafts, errors, &by_name.collect::<HashMap<_, _>>(), &holders, &labels);
    (plan.steps.into_iter().map(|step| (step.row, step.action, step.content)).collect(), plan.errors)
}

#[test]
fn rows_are_matched_by_name_and_say_only_what_their_columns_say() {
    let old = asset("Web", &["10.0.0.5"]);
    let (steps, errors) = plan(b"name,criticality,owner\nWEB,,\nnew,low,Eva\n", std::slice::from_ref(&old));
    assert_eq!(errors, []);
    let [(2, ImportAction::Update, web), (3, ImportAction::Create, new)] = steps.as_slice() else {
        return assert_eq!(steps, []);
    };
    // The empty owner empties, the empty criticality leaves, the columns not sent stay.
    assert_eq!(*web, AssetContent { name: "WEB".to_owned(), owner: None, ..old.content });
    assert_eq!(
        (new.criticality, new.kind, new.state),
        (Criticality::Low, AssetKind::Other, AssetState::Active)
    );
}

#[test]
fn a_row_that_changes_nothing_is_left_alone() {
    let (steps, _) = plan(b"name,ip\nWeb,10.0.0.5\n", &[asset("Web", &["10.0.0.5"])]);
    assert_eq!(steps.iter().map(|step| step.1).collect::<Vec<_>>(), [ImportAction::Unchanged]);
}

#[test]
fn a_name_or_an_address_that_comes_twice_is_a_mistake_of_the_later_row() {
    let (steps, errors) = plan(b"name,ip\na,10.0.0.5\nA,10.0.0.6\nb,10.0.0.5\nc,10.0.0.6\n", &[]);
    assert_eq!(steps.iter().map(|step| step.0).collect::<Vec<_>>(), [2, 5]);
    assert_eq!(
        errors,
        [
            error(3, Some("name"), "\"A\" is the name in row 2 too"),
            error(4, Some("ip"), "10.0.0.5 is in row 2 too"),
        ]
    );
}

#[test]
fn an_address_that_an_asset_outside_the_table_keeps_is_a_mistake_naming_that_asset() {
    let (steps, errors) = plan(b"name,ip\nnew,10.0.0.5\n", &[asset("Web", &["10.0.0.5"])]);
    assert_eq!(steps, []);
    assert_eq!(errors, [error(2, Some("ip"), "10.0.0.5 belongs to \"Web\"")]);
}

#[test]
fn two_assets_of_a_table_may_exchange_their_addresses() {
    let assets = [asset("a", &["10.0.0.1"]), asset("b", &["10.0.0.2"])];
    let (steps, errors) = plan(b"name,ip\na,10.0.0.2\nb,10.0.0.1\n", &assets);
    assert_eq!(errors, []);
    assert_eq!(steps.len(), 2);
}

#[test]
fn when_a_row_is_refused_those_that_wanted_its_addresses_are_refused_too() {
    let assets = [asset("a", &["10.0.0.1"]), asset("b", &["10.0.0.2"]), asset("keeper", &["10.0.0.3"])];
    let (steps, errors) = plan(b"name,ip\nnew,10.0.0.1\na,10.0.0.2\nb,10.0.0.3\nfree,10.0.0.4\n", &assets);
    assert_eq!(steps.iter().map(|step| step.0).collect::<Vec<_>>(), [5]);
    assert_eq!(
        errors,
        [
            error(2, Some("ip"), "10.0.0.1 belongs to \"a\""),
            error(3, Some("ip"), "10.0.0.2 belongs to \"b\""),
            error(4, Some("ip"), "10.0.0.3 belongs to \"keeper\""),
        ]
    );
}
