//! Market members that forecast, quote and sign; and the real days that they trade.
