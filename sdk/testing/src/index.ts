// The public surface of @tutti/testing: what tests import. Everything else is the package's own business.

export { FakeServer, type FakeServerOptions, type Person } from "./server";
export { ManualClock, settle } from "./manual-clock";
export type { Failure, FaultTarget } from "./faults";
export type { HttpRoute } from "./http/routes";
export type { CloseCode } from "./connections/connection";
export type { Namespace, Right } from "./namespaces";
export type { Operation, Rate } from "./rates";
export type { Request } from "./wire/requests";
