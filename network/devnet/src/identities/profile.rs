//! Connection profiles, in the form that Fabric's samples and Caliper read.

use serde_json::{Value, json};

use super::folder::write;
use super::{IdentityError, OrganizationFolder};

/// Writes `connection-<name>.json` and `.yaml` into the organization's folder. `endpoint` is `host:port` of its peer.
pub(crate) fn write_connection_profiles(
    organization: &OrganizationFolder,
    name: &str,
    endpoint: &str,
) -> Result<(), IdentityError> {
    let peer = organization.node_name();
    let profile = json!({
        "name": format!("devnet-{name}"),
        "version": "1.0.0",
        "client": {
            "organization": name,
            "connection": { "timeout": { "peer": { "endorser": "300" } } },
        },
        "organizations": { name: { "mspid": organization.msp_id, "peers": [peer] } },
        "peers": {
            peer.as_str(): {
                "url": format!("grpcs://{endpoint}"),
                "tlsCACerts": { "pem": organization.tls_authority()? },
                "grpcOptions": { "ssl-target-name-override": peer, "hostnameOverride": peer },
            },
        },
    });
    let path = organization.path.join(format!("connection-{name}"));
    write(&path.with_extension("json"), &format!("{profile:#}\n"))?;
    let mut yaml = "---\n".to_owned();
    append_yaml(&mut yaml, &profile, 0);
    write(&path.with_extension("yaml"), &yaml)
}

/// Appends a value as YAML in block style. Scalars stay in JSON's form, which YAML shares; texts of several lines are
/// literal blocks.
fn append_yaml(yaml: &mut String, value: &Value, indent: usize) {
    let margin = " ".repeat(indent);
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                *yaml += &format!("{margin}{key}:");
                append_yaml_value(yaml, field, indent);
            }
        }
        Value::Array(items) => {
            for item in items {
                *yaml += &format!("{margin}-");
                append_yaml_value(yaml, item, indent);
            }
        }
        scalar => *yaml += &format!("{margin}{scalar}\n"),
    }
}

fn append_yaml_value(yaml: &mut String, value: &Value, indent: usize) {
    match value {
        Value::String(text) if text.contains('\n') => {
            *yaml += " |\n";
            for line in text.lines() {
                *yaml += &format!("{}{line}\n", " ".repeat(indent + 2));
            }
        }
        Value::Object(_) | Value::Array(_) => {
            yaml.push('\n');
            append_yaml(yaml, value, indent + 2);
        }
        scalar => *yaml += &format!(" {scalar}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_is_in_block_style() {
        let mut yaml = String::new();
        append_yaml(&mut yaml, &json!({"a": {"b": ["x", "y"], "pem": "1\n2\n"}, "n": 3}), 0);
        assert_eq!(yaml, "a:\n  b:\n    - \"x\"\n    - \"y\"\n  pem: |\n    1\n    2\nn: 3\n");
    }
}
