//! AWS KMS's settings. The calls themselves are tried against moto, by `make test-integrations`.

use platform::config::{Config, SecretProvider};
use tempfile::TempDir;

use crate::{config, refusal};

#[test]
fn settings_that_cannot_be_right_are_refused_by_name() {
    let directory = TempDir::new().unwrap();
    let refused = |change: &dyn Fn(&mut Config)| {
        let mut config = config(directory.path(), SecretProvider::AwsKms);
        config.secrets.kms.key_id = "alias/cibercase".to_owned();
        config.secrets.kms.region = "eu-west-1".to_owned();
        change(&mut config);
        refusal(secrets::open(&config))
    };
    assert!(refused(&|config| config.secrets.kms.key_id.clear()).contains("secrets.kms.key_id"));
    assert!(refused(&|config| config.secrets.kms.region.clear()).contains("secrets.kms.region"));
    assert!(
        refused(&|config| config.secrets.kms.region = "eu.evil.example/".to_owned()).contains("no region")
    );
}

#[test]
fn files_that_the_master_key_sealed_are_not_taken_for_those_of_a_key_elsewhere() {
    let directory = TempDir::new().unwrap();
    let local = config(directory.path(), SecretProvider::Local);
    secrets::open(&local).unwrap().get_or_make("api-secret", || "kept".to_owned()).unwrap();
    let path = directory.path().join("secrets/data-key");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"local\"", "\"aws_kms\"")).unwrap();
    let said = refusal(secrets::open(&local));
    assert!(said.contains("\"aws_kms\"") && said.contains("\"local\""), "{said}");
}
