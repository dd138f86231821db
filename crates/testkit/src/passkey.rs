//! A security key in software, written apart from the program's own reading.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const PRESENT: u8 = 1;
const VERIFIED: u8 = 1 << 2;
const HAS_KEY: u8 = 1 << 6;

/// One key of one person. A test changes what it says, to see that it is not believed.
pub struct Passkey {
    pair: EcdsaKeyPair,
    pub id: Vec<u8>,
    /// The page that the browser says it was on.
    pub origin: String,
    /// The host name that the key is made for.
    pub party: String,
    /// Whether it knows its person: by a PIN or a finger.
    pub verifies: bool,
    pub is_touched: bool,
    /// Said with the next signature, and then one more.
    pub counter: u32,
    /// Whom it says the key is of.
    pub user_handle: Option<String>,
}

impl Passkey {
    /// A new key for the pages of `origin`.
    pub fn of(origin: &str) -> Self {
        let host = origin.split("://").nth(1).expect("an origin").split(':').next().expect("a host");
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key is made");
        let id = digest(&SHA256, pair.public_key().as_ref()).as_ref().to_vec();
        Self {
            pair,
            id,
            origin: origin.to_owned(),
            party: host.to_owned(),
            verifies: true,
            is_touched: true,
            counter: 0,
            user_handle: None,
        }
    }

    /// What a browser gives for creation options (`RegistrationResponseJSON`), without attestation.
    pub fn create(&mut self, options: &Value) -> Value {
        let client_data = self.client_data("webauthn.create", options);
        self.user_handle = options["user"]["id"].as_str().map(str::to_owned);
        let mut data = self.authenticator_data(HAS_KEY);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).expect("a short id").to_be_bytes());
        data.extend(&self.id);
        data.extend(self.cose_key());
        // {"fmt": "none", "attStmt": {}, "authData": data}
        let mut object = vec![0xa3];
        object.extend(b"\x63fmt\x64none\x67attStmt\xa0\x68authData");
        object.extend([0x59]);
        object.extend(u16::try_from(data.len()).expect("little data").to_be_bytes());
        object.extend(data);
        json!({ "id": encode(&self.id), "rawId": encode(&self.id), "type": "public-key", "response": {
            "clientDataJSON": encode(client_data.as_bytes()), "attestationObject": encode(&object),
            "transports": ["usb", "nfc"],
        }, "clientExtensionResults": {} })
    }

    /// What a browser gives for request options (`AuthenticationResponseJSON`).
    pub fn get(&mut self, options: &Value) -> Value {
        let client_data = self.client_data("webauthn.get", options);
        let data = self.authenticator_data(0);
        let message = [data.as_slice(), digest(&SHA256, client_data.as_bytes()).as_ref()].concat();
        let signature = self.pair.sign(&SystemRandom::new(), &message).expect("it signs");
        json!({ "id": encode(&self.id), "rawId": encode(&self.id), "type": "public-key", "response": {
            "clientDataJSON": encode(client_data.as_bytes()), "authenticatorData": encode(&data),
            "signature": encode(signature.as_ref()), "userHandle": self.user_handle,
        }, "clientExtensionResults": {} })
    }

    fn client_data(&self, kind: &str, options: &Value) -> String {
        json!({ "type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false })
            .to_string()
    }

    fn authenticator_data(&mut self, flags: u8) -> Vec<u8> {
        let said = [(self.is_touched, PRESENT), (self.verifies, VERIFIED)];
        let flags = said.iter().filter(|(is_so, _)| *is_so).fold(flags, |sum, (_, flag)| sum | flag);
        let mut data = digest(&SHA256, self.party.as_bytes()).as_ref().to_vec();
        data.push(flags);
        data.extend(self.counter.to_be_bytes());
        self.counter += 1;
        data
    }

    /// {1: 2, 3: -7, -1: 1, -2: x, -3: y} (RFC 9052, 7).
    fn cose_key(&self) -> Vec<u8> {
        let point = self.pair.public_key().as_ref();
        [&b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20"[..], &point[1..33], b"\x22\x58\x20", &point[33..]]
            .concat()
    }
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
