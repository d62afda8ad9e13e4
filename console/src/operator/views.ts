// The operator's pages in one piece, so that they are loaded together when the first of them is opened.
export { MetricsPage } from "../metrics/MetricsPage";
export { ChannelPage } from "./ChannelPage";
export { ChannelsPage } from "./ChannelsPage";
export { ConnectionsPage } from "./ConnectionsPage";
export { EventsPage } from "./EventsPage";
export { OperatorLayout } from "./OperatorLayout";
export { OverviewPage } from "./OverviewPage";
export { UserPage } from "./UserPage";
export { UsersPage } from "./UsersPage";
