//! The shop over gRPC: clients with deadlines, conversion to core values, the outbox.
