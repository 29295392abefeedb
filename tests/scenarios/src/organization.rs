/// The organizations of the standard network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Organization {
    /// Suspends members.
    Regulator,
    /// Runs the market.
    TradingCentre,
    /// Knows the grid.
    Dispatcher,
    /// Reads the meters.
    GridCompany,
    /// A member with a node of its own.
    LargeUser,
}

impl Organization {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Regulator, Self::TradingCentre, Self::Dispatcher, Self::GridCompany, Self::LargeUser];

    /// The three that decide together.
    pub const CONSENSUS: [Self; 3] = [Self::Regulator, Self::TradingCentre, Self::Dispatcher];

    /// Its MSP id.
    #[must_use]
    pub fn msp_id(self) -> &'static str {
        match self {
            Self::Regulator => "RegulatorMSP",
            Self::TradingCentre => "TradingCentreMSP",
            Self::Dispatcher => "DispatcherMSP",
            Self::GridCompany => "GridCompanyMSP",
            Self::LargeUser => "LargeUserMSP",
        }
    }

    /// Its short name, the first label of its domain.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Regulator => "regulator",
            Self::TradingCentre => "trading-centre",
            Self::Dispatcher => "dispatcher",
            Self::GridCompany => "grid-company",
            Self::LargeUser => "large-user",
        }
    }
}
