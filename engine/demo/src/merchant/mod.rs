//! A coffee company over gRPC: inventory, orders, customers, with fault switches.
