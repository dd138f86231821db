//! A real slapd with people and groups of Example, over TLS and in the clear.

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use platform::config::{DirectoryConfig, GroupConfig};
use tempfile::TempDir;

use crate::Port;
use crate::certificates::certificates;

const PROGRAM: &str = "/usr/sbin/slapd";
const HOST: &str = "127.0.0.1";
const BASE: &str = "dc=example,dc=org";
const SECRET: &str = "of the directory's own reader";

pub struct Slapd {
    child: Child,
    plain: Port,
    tls: Port,
    directory: TempDir,
}

impl Drop for Slapd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Slapd {
    /// Starts it with entries in LDIF below `ou=people` and `ou=groups`, and waits until it listens.
    pub fn start(entries: &str) -> Self {
        let directory = tempfile::tempdir().expect("a directory for slapd");
        certificates(directory.path(), &[HOST]);
        let (plain, tls) = (Port::take(), Port::take());
        let config = write_config(directory.path());
        load(&config, &format!("{}{entries}", ground()));
        let urls = format!("ldap://{HOST}:{} ldaps://{HOST}:{}", plain.number, tls.number);
        let child = Command::new(PROGRAM)
            .args(["-d", "0", "-h", &urls, "-f"])
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("slapd starts: is it installed?");
        let until = Instant::now() + Duration::from_secs(30);
        for number in [plain.number, tls.number] {
            while TcpStream::connect((HOST, number)).is_err() {
                assert!(Instant::now() < until, "slapd does not listen");
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        Self { child, plain, tls, directory }
    }

    /// Settings that reach it over TLS; the group `soc` stands for a role in an organization.
    pub fn settings(&self, organization: &str, role: &str) -> DirectoryConfig {
        DirectoryConfig {
            url: format!("ldaps://{HOST}:{}", self.tls.number),
            starttls: false,
            allow_plain: false,
            ca_file: self.directory.path().join("ca.pem"),
            bind_dn: format!("cn=reader,{BASE}"),
            secret: "a-test-directory".to_owned(),
            base: format!("ou=people,{BASE}"),
            filter: "(&(objectClass=inetOrgPerson)(mail={login}))".to_owned(),
            subject_attribute: "entryUUID".to_owned(),
            email_attribute: "mail".to_owned(),
            name_attribute: "cn".to_owned(),
            group_base: format!("ou=groups,{BASE}"),
            group_filter: "(member={dn})".to_owned(),
            groups: vec![GroupConfig {
                group: format!("CN=soc, ou=groups,{BASE}"),
                organization: organization.to_owned(),
                role: role.to_owned(),
            }],
        }
    }

    /// Where it speaks without TLS until asked for it.
    pub fn plain_url(&self) -> String {
        format!("ldap://{HOST}:{}", self.plain.number)
    }

    /// The name and the text of the reader's secret.
    pub fn secret() -> (String, String) {
        ("a-test-directory".to_owned(), SECRET.to_owned())
    }

    /// Whether it answers yes to a person's name without a password (RFC 4513, 5.1.2).
    pub fn takes_empty_passwords(&self, name: &str) -> bool {
        let dn = format!("uid={name},ou=people,{BASE}");
        let whoami = Command::new("ldapwhoami")
            .args(["-x", "-H", &self.plain_url(), "-D", &dn, "-w", ""])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        whoami.expect("ldapwhoami starts").success()
    }

    /// Changes entries while it runs, as its administrator.
    pub fn modify(&self, ldif: &str) {
        let mut child = Command::new("ldapmodify");
        let reader = format!("cn=reader,{BASE}");
        child.args(["-x", "-H", &self.plain_url(), "-D", &reader, "-w", SECRET]);
        let mut child = child.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("ldapmodify starts");
        child.stdin.take().expect("it reads").write_all(ldif.as_bytes()).expect("it takes what it reads");
        assert!(child.wait().expect("it ends").success(), "ldapmodify fails");
    }
}

/// A person in LDIF.
pub fn person(name: &str, mail: &str, password: &str) -> String {
    format!(
        "dn: uid={name},ou=people,{BASE}\nobjectClass: inetOrgPerson\nuid: {name}\ncn: The {name}\nsn: {name}\n\
         mail: {mail}\nuserPassword: {password}\n\n"
    )
}

/// A group in LDIF.
pub fn group(name: &str, members: &[&str]) -> String {
    let members = members.iter().map(|member| format!("member: uid={member},ou=people,{BASE}\n"));
    let members = members.collect::<String>();
    format!("dn: cn={name},ou=groups,{BASE}\nobjectClass: groupOfNames\ncn: {name}\n{members}\n")
}

fn ground() -> String {
    let unit = |name: &str| format!("dn: ou={name},{BASE}\nobjectClass: organizationalUnit\nou: {name}\n\n");
    format!(
        "dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\no: Example\ndc: example\n\n{}{}",
        unit("people"),
        unit("groups")
    )
}

/// It takes a bind without a password, as directories may: that is ours to refuse.
fn write_config(directory: &Path) -> PathBuf {
    let place = directory.display();
    fs::create_dir(directory.join("db")).expect("a database has a place");
    let text = format!(
        "include /etc/ldap/schema/core.schema\ninclude /etc/ldap/schema/cosine.schema\n\
         include /etc/ldap/schema/inetorgperson.schema\nmodulepath /usr/lib/ldap\nmoduleload back_mdb\n\
         pidfile {place}/pid\nargsfile {place}/args\nallow bind_anon_dn\n\
         TLSCACertificateFile {place}/ca.pem\nTLSCertificateFile {place}/{HOST}.pem\n\
         TLSCertificateKeyFile {place}/{HOST}.key\n\
         database mdb\nmaxsize 10485760\nsuffix \"{BASE}\"\nrootdn \"cn=reader,{BASE}\"\nrootpw \"{SECRET}\"\n\
         directory {place}/db\naccess to attrs=userPassword by anonymous auth by * none\naccess to * by users read by * none\n"
    );
    let path = directory.join("slapd.conf");
    fs::write(&path, text).expect("the settings can be written");
    path
}

fn load(config: &Path, ldif: &str) {
    let mut child = Command::new(PROGRAM);
    child.args(["-T", "add", "-q", "-f"]).arg(config).stdin(Stdio::piped());
    let mut child = child.spawn().expect("slapd starts: is it installed?");
    child.stdin.take().expect("it reads").write_all(ldif.as_bytes()).expect("it takes what it reads");
    assert!(child.wait().expect("it ends").success(), "the entries cannot be loaded");
}
