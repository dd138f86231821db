//! Certificates of an authority of a test's own.

use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

/// Makes an authority (`ca.pem`), and of each name a certificate and a key by it (`<name>.pem`, `<name>.key`).
pub fn certificates(directory: &Path, names: &[&str]) {
    let new_key = || KeyPair::generate().expect("a key can be made");
    let write = |name: String, text: String| {
        std::fs::write(directory.join(name), text).expect("certificates can be written");
    };
    let key = new_key();
    let mut params = CertificateParams::new(Vec::new()).expect("no names are names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = params.self_signed(&key).expect("an authority can be made");
    write("ca.pem".to_owned(), authority.pem());
    let issuer = Issuer::new(params, key);
    for name in names {
        let key = new_key();
        let params = CertificateParams::new(vec![(*name).to_owned()]).expect("the name can be certified");
        let certificate = params.signed_by(&key, &issuer).expect("a certificate can be made");
        write(format!("{name}.pem"), certificate.pem());
        write(format!("{name}.key"), key.serialize_pem());
    }
}
