//! The words people write into a table, in English and Spanish.

use detection::urgency::Criticality;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::model::{AssetKind, AssetState};

/// Letters and digits in lower case and without accents: `¿Expuesto a Internet?` is `expuestoainternet`.
pub fn folded(text: &str) -> String {
    text.nfd()
        .filter(|character| !is_combining_mark(*character))
        .flat_map(char::to_lowercase)
        .filter(|character| character.is_alphanumeric())
        .collect()
}

pub fn kind(text: &str) -> Result<AssetKind, String> {
    Ok(match folded(text).as_str() {
        "server" | "servidor" => AssetKind::Server,
        "workstation" | "pc" | "laptop" | "desktop" | "estaciondetrabajo" | "puesto" | "puestodetrabajo"
        | "ordenador" | "portatil" | "equipo" => AssetKind::Workstation,
        "network" | "switch" | "router" | "red" | "conmutador" | "enrutador" => AssetKind::Network,
        "firewall" | "cortafuegos" => AssetKind::Firewall,
        "database" | "basededatos" | "bbdd" => AssetKind::Database,
        "application" | "aplicacion" | "app" | "servicio" | "service" => AssetKind::Application,
        "cloud" | "nube" => AssetKind::Cloud,
        "iot" | "ot" => AssetKind::Iot,
        "mobile" | "movil" | "telefono" | "phone" | "tablet" | "tableta" => AssetKind::Mobile,
        "other" | "otro" | "otra" | "otros" => AssetKind::Other,
        _ => return Err(unknown(text, AssetKind::ALL.iter().map(|kind| kind.as_str()))),
    })
}

pub fn criticality(text: &str) -> Result<Criticality, String> {
    Ok(match folded(text).as_str() {
        "low" | "baja" | "bajo" => Criticality::Low,
        "medium" | "media" | "medio" => Criticality::Medium,
        "high" | "alta" | "alto" => Criticality::High,
        "critical" | "critica" | "critico" => Criticality::Critical,
        _ => return Err(unknown(text, Criticality::ALL.iter().map(|criticality| criticality.as_str()))),
    })
}

pub fn state(text: &str) -> Result<AssetState, String> {
    Ok(match folded(text).as_str() {
        "planned" | "planificado" | "planificada" | "previsto" | "prevista" => AssetState::Planned,
        "active" | "activo" | "activa" | "inuse" | "enuso" | "enproduccion" | "production" => {
            AssetState::Active
        }
        "retired" | "retirado" | "retirada" | "baja" | "debaja" | "decommissioned" => AssetState::Retired,
        _ => return Err(unknown(text, AssetState::ALL.iter().map(|state| state.as_str()))),
    })
}

pub fn boolean(text: &str) -> Result<bool, String> {
    match folded(text).as_str() {
        "true" | "yes" | "y" | "1" | "x" | "si" | "s" | "verdadero" => Ok(true),
        "false" | "no" | "n" | "0" | "falso" => Ok(false),
        _ => Err(unknown(text, ["true", "false"].into_iter())),
    }
}

fn unknown<'a>(text: &str, expected: impl Iterator<Item = &'a str>) -> String {
    let shown = text.chars().filter(|character| !character.is_control()).take(60).collect::<String>();
    format!("\"{shown}\" is none of {}", expected.collect::<Vec<_>>().join(", "))
}
