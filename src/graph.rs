//! What needs what: cycles, start order, and what stops when a host dies.
