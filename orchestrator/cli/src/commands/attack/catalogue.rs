//! The attacks that there are.

use super::{certificates, decisions, declarations, intruders, stage::Stage, verdict::Attempt};
use anyhow::Result;
use clap::ValueEnum;

/// What one organization with its own keys may try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Attack {
    /// Decide a clearing alone, by its own endorsement or by a made-up result (ENDORSEMENT_POLICY_FAILURE)
    ForgeClearing,
    /// Delete a rival's declaration (ENDORSEMENT_POLICY_FAILURE by the key's own policy)
    DeleteDeclaration,
    /// Change a rival's declaration, or the policy that protects it (ENDORSEMENT_POLICY_FAILURE)
    ChangeDeclaration,
    /// Add a backdated declaration after the seal (the clearing takes the sealed list)
    LateDeclaration,
    /// Declare in a member's name with a signature of another's (BAD_SIGNATURE)
    ForgedOrder,
    /// Use a bundle of another session, round or channel, or twice (WRONG_*, SEQUENCE_REPLAYED)
    Replay,
    /// Put a bundle under another member's name or key (BAD_SIGNATURE, WRONG_MEMBER)
    WrongMember,
    /// Declare for a member that is not registered (UNKNOWN_MEMBER)
    UnknownMember,
    /// Declare for a member that is suspended (MEMBER_SUSPENDED)
    SuspendedMember,
    /// Declare more than a member may trade (OVER_LIMIT)
    OverLimit,
    /// Make up a member, or replace a member's key (UNKNOWN_MEMBER, ENDORSEMENT_POLICY_FAILURE)
    ForgeMember,
    /// Change the balance of an account (ENDORSEMENT_POLICY_FAILURE)
    ForgeSettlement,
    /// Change a meter reading, or record more than the plant can move (ACCESS, ENDORSEMENT_POLICY_FAILURE, OVER_CAPACITY)
    ForgeReading,
    /// Issue a certificate alone, make one up, or take one (ENDORSEMENT_POLICY_FAILURE)
    ForgeCertificate,
    /// Certify the energy of one device and interval twice (CERTIFICATE_EXISTS, ENDORSEMENT_POLICY_FAILURE)
    DoubleIssue,
    /// Instruct in an owner's name, or with an instruction that was used (BAD_SIGNATURE, NOT_OWNER, SEQUENCE_REPLAYED)
    ForgeInstruction,
    /// Get a certificate without paying its owner (WRONG_*, NOT_BUYER, ENDORSEMENT_POLICY_FAILURE)
    TransferWithoutPayment,
    /// Claim energy that was not used, or a certificate for which all is over (CLAIM_*, WRONG_STATE)
    ClaimTwice,
    /// Commit a definition of the contract that gives the attacker the say (ENDORSEMENT_POLICY_FAILURE)
    ForgeLifecycle,
    /// Use the network as a client of an unknown authority (access denied, FORBIDDEN)
    Outsider,
    /// Run an altered contract on its own peer (endorsers disagree); on `gridbourse network` and on a network of the
    /// program's own
    TamperedContract,
}

impl Attack {
    /// The name on the command line.
    pub(super) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// What it tries, and what must stop it.
    pub(super) fn about(self) -> String {
        let value = self.to_possible_value();
        value.and_then(|value| value.get_help().map(ToString::to_string)).unwrap_or_default()
    }

    /// Whether it can be played on a network, on whose peers contracts can be installed or not.
    pub(super) fn can_play(self, can_install: bool) -> bool {
        can_install || self != Self::TamperedContract
    }

    /// Plays it: everything that was tried, and what came of it.
    pub(super) async fn play(self, stage: &Stage) -> Result<Vec<Attempt>> {
        match self {
            Self::ForgeClearing => decisions::forge_clearing(stage).await,
            Self::DeleteDeclaration => declarations::delete(stage).await,
            Self::ChangeDeclaration => declarations::change(stage).await,
            Self::LateDeclaration => declarations::late(stage).await,
            Self::ForgedOrder => declarations::forged_order(stage).await,
            Self::Replay => declarations::replay(stage).await,
            Self::WrongMember => declarations::wrong_member(stage).await,
            Self::UnknownMember => declarations::unknown_member(stage).await,
            Self::SuspendedMember => declarations::suspended_member(stage).await,
            Self::OverLimit => declarations::over_limit(stage).await,
            Self::ForgeMember => decisions::forge_member(stage).await,
            Self::ForgeSettlement => decisions::forge_settlement(stage).await,
            Self::ForgeReading => certificates::forge_reading(stage).await,
            Self::ForgeCertificate => certificates::forge(stage).await,
            Self::DoubleIssue => certificates::issue_twice(stage).await,
            Self::ForgeInstruction => certificates::forge_instruction(stage).await,
            Self::TransferWithoutPayment => certificates::transfer_without_payment(stage).await,
            Self::ClaimTwice => certificates::claim_twice(stage).await,
            Self::ForgeLifecycle => decisions::forge_lifecycle(stage).await,
            Self::Outsider => intruders::outsider(stage).await,
            Self::TamperedContract => intruders::tampered_contract(stage).await,
        }
    }
}
