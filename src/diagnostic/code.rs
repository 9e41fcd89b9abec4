//! The stable codes of diagnostics. Each has a heading in docs/diagnostics.md and a fixture in tests/it/diagnostics.rs.

use super::Severity;

/// Writes the enum, its names and the list of all from one table, so that none can be forgotten.
macro_rules! codes {
    ($($(#[doc = $about:literal])+ $variant:ident $name:literal $severity:ident)+) => {
        /// The stable codes of diagnostics, in kebab case where printed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[doc = $about])+ $variant,)+
        }

        impl Code {
            /// All codes, in the order in which the documentation lists them.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)+];

            /// The name in answers and in the documentation.
            pub fn name(self) -> &'static str {
                match self { $(Code::$variant => $name,)+ }
            }

            /// How bad it is.
            pub fn severity(self) -> Severity {
                match self { $(Code::$variant => Severity::$severity,)+ }
            }
        }
    };
}

codes! {
    // Reading files and YAML.

    /// A file that is not there, is a directory, or may not be read.
    UnreadableFile "unreadable-file" Error
    /// Bytes that are not UTF-8.
    InvalidUtf8 "invalid-utf8" Error
    /// The text is not YAML.
    Syntax "syntax" Error
    /// A file of another tool: Compose, Kubernetes, Proxmox VE.
    ForeignFile "foreign-file" Error
    /// Nothing but comments, or nothing at all.
    EmptyDocument "empty-document" Error
    /// A second document after `---` in one file.
    SeveralDocuments "several-documents" Error
    /// A YAML tag, which means nothing here.
    Tag "tag" Error
    /// An alias `*name` without an anchor `&name` before it, or inside the very thing it names.
    UnknownAnchor "unknown-anchor" Error
    /// A merge key `<<` whose value is no map or list of maps.
    MergeKey "merge-key" Error
    /// One key twice in one map.
    DuplicateKey "duplicate-key" Error
    /// Maps and lists within each other beyond the limit.
    TooDeep "too-deep" Error
    /// A file, or what its aliases, ranges and patterns spell out, beyond a limit.
    TooLarge "too-large" Error
    /// Files that extend each other in a circle.
    ExtendsCycle "extends-cycle" Error

    // The shape of a document.

    /// A key that means nothing where it stands.
    UnknownKey "unknown-key" Error
    /// A key that must be there is not.
    MissingKey "missing-key" Error
    /// Keys that may not stand beside each other.
    ConflictingKeys "conflicting-keys" Error
    /// A list where a map is due, a map where text is due, and so on.
    WrongKind "wrong-kind" Error
    /// A key without a value, where nothing is inherited that it could delete.
    EmptyValue "empty-value" Error
    /// A value that is none of those allowed.
    BadValue "bad-value" Error
    /// A whole number outside its limits: `count`, `replicas`, `priority`.
    BadNumber "bad-number" Error
    /// A name with other characters than `a-z`, `0-9` and `-`.
    BadName "bad-name" Error
    /// A range that runs backwards or whose ends do not belong together.
    BadRange "bad-range" Error
    /// A pattern that is none.
    BadPattern "bad-pattern" Error
    /// A goal or a tool named twice, or a second `survive`.
    Repeated "repeated" Error

    // Amounts.

    /// A text that is no amount: signs, `NaN`, exponents, separators.
    BadAmount "bad-amount" Error
    /// Memory or disk without a unit.
    MissingUnit "missing-unit" Error
    /// A unit that the resource does not know.
    UnknownUnit "unknown-unit" Error
    /// An amount that is no whole number of bytes, millicores or units.
    TooFine "too-fine" Error
    /// An amount or a sum beyond what is counted exactly.
    AmountTooLarge "amount-too-large" Error
    /// A host that keeps more for itself than it has.
    ReserveAboveCapacity "reserve-above-capacity" Error
    /// An overcommit of 0.
    BadOvercommit "bad-overcommit" Error
    /// Memory promised more than once.
    MemoryOvercommit "memory-overcommit" Warning
    /// `cpu`, `memory` or `disk` under `resources`.
    ReservedResource "reserved-resource" Error
    /// A named resource that no host lists.
    UnknownResource "unknown-resource" Error
    /// CPU, memory or disk asked for while no host lists it.
    Unbudgeted "unbudgeted" Note
    /// A catalogue entry that is silent on a resource which is budgeted.
    CatalogueGap "catalogue-gap" Note
    /// Containers that say nothing of CPU, memory or disk where that is budgeted.
    NothingAsked "nothing-asked" Warning
    /// A catalogue figure that is not for a container.
    NotAContainerSize "not-a-container-size" Error
    /// A ceiling below what is asked for.
    LimitBelowRequest "limit-below-request" Warning

    // Names and what they stand for.

    /// A document without hosts.
    NoHosts "no-hosts" Error
    /// More hosts than the limit.
    TooManyHosts "too-many-hosts" Error
    /// More containers than the limit.
    TooManyContainers "too-many-containers" Error
    /// Two hosts of one name, by way of `count`.
    HostNameClash "host-name-clash" Error
    /// A host or kind of host that is not there.
    UnknownHost "unknown-host" Error
    /// A kind of several hosts where one host is due.
    KindNotHost "kind-not-host" Error
    /// A stack that is not there.
    UnknownStack "unknown-stack" Error
    /// A pool that is not there.
    UnknownPool "unknown-pool" Error
    /// A size that is neither in the document nor in the catalogue.
    UnknownSize "unknown-size" Error
    /// A startup that is not there.
    UnknownStartup "unknown-startup" Error
    /// A container that its startup does not have.
    UnknownContainer "unknown-container" Error
    /// A chosen tool that is not among those of its category.
    UnknownTool "unknown-tool" Error
    /// A tool that is there now, and nothing is said to run it.
    ToolRunsNowhere "tool-runs-nowhere" Warning
    /// A phase that is not there.
    UnknownPhase "unknown-phase" Error
    /// Phases, or the coming and going of something, in the wrong order.
    PhaseOrder "phase-order" Error
    /// A number of startups that a phase is to begin with and does not.
    Trigger "trigger" Warning
    /// Something that is there in a phase while what it needs is not.
    NeedsAbsent "needs-absent" Warning
    /// A label that no host carries.
    UnknownLabel "unknown-label" Error
    /// A pattern that matches nothing.
    NoMatch "no-match" Error
    /// A rule that binds fewer than two containers.
    RuleTooSmall "rule-too-small" Error
    /// More hosts to be lost than can be.
    CannotSurvive "cannot-survive" Error
    /// A container that `placement` places twice.
    PlacedTwice "placed-twice" Error
    /// A container that `placement` places and that comes in a later phase.
    PlacedEarly "placed-early" Warning
    /// Containers that need each other in a circle.
    NeedsCycle "needs-cycle" Error
    /// A container to lie in that carries nothing.
    NotACarrier "not-a-carrier" Error
    /// Carriers that lie in themselves, or too many in one another.
    CarrierCycle "carrier-cycle" Error
    /// A container that asks for more than any carrier offers that it may lie in.
    LargerThanCarriers "larger-than-carriers" Error
    /// A carrier as large as what it carries, in which nothing lies.
    NothingCarried "nothing-carried" Error
    /// A carrier that holds something in `placement` and is itself on no host.
    CarrierUnplaced "carrier-unplaced" Error
    /// A document to add that changes what is there.
    ChangesDocument "changes-document" Error
}
