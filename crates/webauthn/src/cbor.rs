//! The few things that are looked for in CBOR.

use ciborium::Value;

use crate::Refusal;

/// Authenticators nest four levels (CTAP 2.1, section 8).
const DEEPEST: usize = 8;

/// The first value, and the bytes after it.
pub fn read(mut bytes: &[u8]) -> Result<(Value, &[u8]), Refusal> {
    let value = ciborium::de::from_reader_with_recursion_limit(&mut bytes, DEEPEST);
    Ok((value.map_err(|_| Refusal::Malformed)?, bytes))
}

/// The one value that has this label; a label that comes twice is refused.
pub fn member(map: &Value, label: &Value) -> Result<Option<Value>, Refusal> {
    let Value::Map(pairs) = map else { return Err(Refusal::Malformed) };
    let mut found = pairs.iter().filter(|(key, _)| key == label);
    let first = found.next().map(|(_, value)| value.clone());
    if found.next().is_some() { Err(Refusal::Malformed) } else { Ok(first) }
}

/// The bytes that have this label.
pub fn bytes(map: &Value, label: impl Into<Value>) -> Result<Vec<u8>, Refusal> {
    match member(map, &label.into())? {
        Some(Value::Bytes(bytes)) => Ok(bytes),
        _ => Err(Refusal::Malformed),
    }
}

/// The whole number that has this label.
pub fn integer(map: &Value, label: impl Into<Value>) -> Result<i64, Refusal> {
    match member(map, &label.into())? {
        Some(Value::Integer(number)) => i64::try_from(number).map_err(|_| Refusal::Malformed),
        _ => Err(Refusal::Malformed),
    }
}
