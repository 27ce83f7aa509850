import { choice } from "./kind.ts";

export const dependencyCondition = choice("started", "healthy", "completed");
