export const BOT_TABS = ["flow", "definition", "runs", "versions", "settings"] as const;
export type BotTab = (typeof BOT_TABS)[number];
