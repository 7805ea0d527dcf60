//! `decide` over random flows and random schedules of what may happen, and single cases by hand.

mod agents;
mod approvals;
mod cases;
mod chunks;
mod flows;
mod properties;
mod simulation;
mod told;
