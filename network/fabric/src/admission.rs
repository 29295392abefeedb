//! One more organization on a channel that runs: what configtxlator, `peer channel signconfigtx` and `update` are for.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{run, tail};
use crate::configuration::{free_peer, prepare, write_file};
use crate::error::{Error, at};
use crate::network::Network;
use crate::node::Node;
use crate::topology::Organization;
use crate::wait::{self, Look};

/// Time for a change of the configuration to reach all peers.
const TAKES_EFFECT: Duration = Duration::from_secs(60);
/// Groups of the configuration whose policies name everybody who may read and write.
const GROUPS_OF_MEMBERS: [&str; 2] = ["/channel_group", "/channel_group/groups/Application"];
const POLICIES_OF_MEMBERS: [&str; 2] = ["Readers", "Writers"];

impl Network {
    /// Makes keys for an organization, has all consensus organizations sign its admission to a channel, and brings its
    /// peer up on it.
    ///
    /// # Errors
    ///
    /// There is such an organization already, a program fails, or the peer does not get ready in time.
    pub fn add_organization(&mut self, name: &str, channel: &str) -> Result<(), Error> {
        if self.topology().organization(name).is_some() || self.peer(name).is_ok() {
            return Err(Error::Folder(format!("there is an organization {name} already")));
        }
        let organization = Organization { name };
        let folder = self.folder().join("admissions").join(name);
        self.make_keys(organization, &folder)?;
        let peer = free_peer(organization)?;
        prepare(self.folder(), &peer)?;
        self.admit(organization, channel, &folder)?;
        self.start_node(&peer)?;
        let mut join = self.peer_command(&peer)?;
        join.args(["channel", "join", "--blockpath"]).arg(self.folder().join(format!("blocks/{channel}.block")));
        run(join)?;
        self.remember_member(peer, channel)?;
        self.wait_for_membership(self.channel(channel)?)
    }

    fn make_keys(&self, organization: Organization<'_>, folder: &Path) -> Result<(), Error> {
        let description = folder.join("crypto-config.yaml");
        let text = format!(
            "PeerOrgs:\n  - Name: {}\n    Domain: {}\n    EnableNodeOUs: true\n    Template: {{Count: 1, SANS: \
             [localhost, 127.0.0.1]}}\n    Users: {{Count: 1}}\n",
            organization.camel_case(),
            organization.domain()
        );
        write_file(&description, &text)?;
        let mut cryptogen = self.programs().command("cryptogen")?;
        cryptogen.arg("generate").arg("--config").arg(&description).arg("--output").arg(self.folder().join("crypto"));
        run(cryptogen).map(drop)
    }

    /// Changes the channel's configuration.
    fn admit(&self, organization: Organization<'_>, channel: &str, folder: &Path) -> Result<(), Error> {
        let old = self.configuration(channel, folder)?;
        let mut new = old.clone();
        let msp_id = organization.msp_id();
        let groups = "/channel_group/groups/Application/groups";
        let members = new.pointer_mut(groups).and_then(Value::as_object_mut);
        let members = members.ok_or_else(|| Error::Unknown(format!("configuration at {groups}")))?;
        members.insert(msp_id.clone(), self.definition(organization, folder)?);
        for group in GROUPS_OF_MEMBERS {
            for policy in POLICIES_OF_MEMBERS {
                let path = format!("{group}/policies/{policy}/policy/value");
                let rule = new.pointer_mut(&path).ok_or_else(|| Error::Unknown(format!("policy {path}")))?;
                add_member(rule, &msp_id);
            }
        }
        let update = self.update(channel, folder, &old, &new)?;
        for consensus in self.topology().consensus() {
            let mut sign = self.peer_command(self.peer(consensus.name)?)?;
            sign.args(["channel", "signconfigtx", "-f"]).arg(&update);
            run(sign)?;
        }
        let mut send = self.peer_command(self.any_peer()?)?;
        send.args(["channel", "update", "-c", channel, "-f"]).arg(&update);
        self.add_orderer(&mut send)?;
        run(send)?;
        wait::until(&format!("{} being a member of {channel}", organization.name), TAKES_EFFECT, || {
            let configuration = self.configuration(channel, folder)?;
            let is_member = configuration.pointer(groups).is_some_and(|members| members.get(&msp_id).is_some());
            Ok(if is_member { Look::Ready } else { Look::NotYet("the old configuration".to_owned()) })
        })
    }

    /// What the organization is, as `configtxgen` prints it.
    fn definition(&self, organization: Organization<'_>, folder: &Path) -> Result<Value, Error> {
        let msp_id = organization.msp_id();
        let policy = |role: &str| format!("{{Type: Signature, Rule: \"OR('{msp_id}.{role}')\"}}");
        let text = format!(
            "Organizations:\n  - Name: {msp_id}\n    ID: {msp_id}\n    MSPDir: {}\n    Policies:\n      Readers: {}\n      \
             Writers: {}\n      Admins: {}\n      Endorsement: {}\n",
            self.folder().join("crypto/peerOrganizations").join(organization.domain()).join("msp").display(),
            policy("member"),
            policy("member"),
            policy("admin"),
            policy("peer")
        );
        write_file(&folder.join("configtx.yaml"), &text)?;
        let mut configtxgen = self.programs().command("configtxgen")?;
        configtxgen.args(["-printOrg", &msp_id, "-configPath"]).arg(folder).env("FABRIC_CFG_PATH", folder);
        let output = at(folder, configtxgen.output())?;
        read_json(&output.stdout)
    }

    /// A channel's configuration in JSON.
    fn configuration(&self, channel: &str, folder: &Path) -> Result<Value, Error> {
        let block = folder.join("config.block");
        let mut fetch = self.peer_command(self.any_peer()?)?;
        fetch.args(["channel", "fetch", "config"]).arg(&block).args(["-c", channel]);
        self.add_orderer(&mut fetch)?;
        run(fetch)?;
        let block = self.translate("proto_decode", "common.Block", &block, &folder.join("config.json"))?;
        let block = read_json(&at(&block, fs::read(&block))?)?;
        let config = block.pointer("/data/data/0/payload/data/config").cloned();
        config.ok_or_else(|| Error::Unknown(format!("configuration of {channel}")))
    }

    /// The envelope that changes one configuration into another.
    fn update(&self, channel: &str, folder: &Path, old: &Value, new: &Value) -> Result<PathBuf, Error> {
        let encode = |name: &str, config: &Value| {
            let json = folder.join(format!("{name}.json"));
            write_file(&json, &config.to_string())?;
            self.translate("proto_encode", "common.Config", &json, &folder.join(name))
        };
        let (old, new) = (encode("old", old)?, encode("new", new)?);
        let change = folder.join("change");
        let mut compute = self.programs().command("configtxlator")?;
        compute.args(["compute_update", "--channel_id", channel, "--original"]).arg(old);
        compute.arg("--updated").arg(new).arg("--output").arg(&change);
        run(compute)?;
        let change = self.translate("proto_decode", "common.ConfigUpdate", &change, &folder.join("change.json"))?;
        let change = read_json(&at(&change, fs::read(&change))?)?;
        let envelope = json!({"payload": {
            "header": {"channel_header": {"channel_id": channel, "type": 2}},
            "data": {"config_update": change},
        }});
        let file = folder.join("envelope.json");
        write_file(&file, &envelope.to_string())?;
        self.translate("proto_encode", "common.Envelope", &file, &folder.join("envelope"))
    }

    fn translate(&self, action: &str, message: &str, input: &Path, output: &Path) -> Result<PathBuf, Error> {
        let mut command = self.programs().command("configtxlator")?;
        command.args([action, "--type", message, "--input"]).arg(input).arg("--output").arg(output);
        run(command)?;
        Ok(output.to_owned())
    }

    fn any_peer(&self) -> Result<&Node, Error> {
        self.peers().next().ok_or_else(|| Error::Unknown("peer".to_owned()))
    }
}

/// Adds an organization's members to those of whom one is enough.
fn add_member(policy: &mut Value, msp_id: &str) {
    let principal =
        json!({"principal_classification": "ROLE", "principal": {"msp_identifier": msp_id, "role": "MEMBER"}});
    let place = policy.pointer_mut("/identities").and_then(Value::as_array_mut).map(|identities| {
        identities.push(principal);
        identities.len() - 1
    });
    if let (Some(place), Some(rules)) =
        (place, policy.pointer_mut("/rule/n_out_of/rules").and_then(Value::as_array_mut))
    {
        rules.push(json!({"signed_by": place}));
    }
}

fn read_json(text: &[u8]) -> Result<Value, Error> {
    serde_json::from_slice(text).map_err(|error| {
        let output = tail(&String::from_utf8_lossy(text)).to_owned();
        Error::Program { command: format!("JSON ({error})"), output }
    })
}
