//! Which column is which, by its header in English or Spanish.

use super::words::folded;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    Name,
    Kind,
    Criticality,
    State,
    Owner,
    Department,
    Description,
    IsInternetFacing,
    Addresses,
    Hostnames,
    Tags,
    /// Guards an export against being imported into another organization.
    OrganizationId,
}

impl Column {
    /// In the order of an export.
    pub const ALL: [Column; 12] = [
        Column::Name,
        Column::Kind,
        Column::Criticality,
        Column::State,
        Column::Owner,
        Column::Department,
        Column::Description,
        Column::IsInternetFacing,
        Column::Addresses,
        Column::Hostnames,
        Column::Tags,
        Column::OrganizationId,
    ];

    /// The header that an export writes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Column::Name => "name",
            Column::Kind => "kind",
            Column::Criticality => "criticality",
            Column::State => "state",
            Column::Owner => "owner",
            Column::Department => "department",
            Column::Description => "description",
            Column::IsInternetFacing => "is_internet_facing",
            Column::Addresses => "addresses",
            Column::Hostnames => "hostnames",
            Column::Tags => "tags",
            Column::OrganizationId => "organization_id",
        }
    }

    pub fn of_header(text: &str) -> Option<Self> {
        Some(match folded(text).as_str() {
            "name" | "assetname" | "nombre" | "nombreactivo" | "nombredelactivo" | "nombredeactivo" => {
                Column::Name
            }
            "kind" | "type" | "assettype" | "tipo" | "tipoactivo" | "tipodeactivo" | "clase" => Column::Kind,
            "criticality" | "criticidad" | "importance" | "importancia" => Column::Criticality,
            "state" | "status" | "estado" => Column::State,
            "owner" | "responsible" | "dueno" | "duena" | "propietario" | "propietaria" | "responsable" => {
                Column::Owner
            }
            "department" | "businessunit" | "departamento" | "area" | "unidad" | "unidaddenegocio" => {
                Column::Department
            }
            "description" | "notes" | "comments" | "descripcion" | "notas" | "comentarios"
            | "observaciones" => Column::Description,
            "isinternetfacing" | "internetfacing" | "internet" | "exposed" | "expuesto" | "expuesta"
            | "expuestoainternet" | "expuestaainternet" => Column::IsInternetFacing,
            "addresses" | "address" | "ip" | "ips" | "ipaddress" | "ipaddresses" | "cidr" | "network"
            | "networks" | "subnet" | "subnets" | "direccion" | "direcciones" | "direccionip"
            | "direccionesip" | "red" | "redes" | "subred" | "subredes" => Column::Addresses,
            "hostnames" | "hostname" | "host" | "hosts" | "fqdn" | "dns" | "nombredehost"
            | "nombresdehost" | "nombredns" => Column::Hostnames,
            "tags" | "tag" | "labels" | "label" | "etiquetas" | "etiqueta" => Column::Tags,
            "organizationid" => Column::OrganizationId,
            _ => return None,
        })
    }
}
