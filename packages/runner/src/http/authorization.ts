import { createHash, timingSafeEqual } from "node:crypto";
import { FleetError } from "@fleet/core";
import { Refusal } from "./refusal.ts";

/** Throws the refusal for what an `Authorization` header does not allow. */
export type Authorization = (header: string | undefined) => void;

/** Checks for `Bearer TOKEN`. Without a token nobody is let in. Throws `Invalid` for a token that no client can send. */
export function bearerAuthorization(token: string | undefined): Authorization {
  if (token === undefined) {
    return () => {
      throw new Refusal(403, "Forbidden", "nothing can be changed here: fleet was started without a token", {
        hint: "start it with a token",
      });
    };
  }
  if (!/^[\w.~+/-]+=*$/.test(token)) {
    throw new FleetError(
      "Invalid",
      "the token for HTTP requests is empty or holds characters that no client can send",
      {
        hint: "use letters, digits and - . _ ~ + /, as `openssl rand -hex 32` gives them",
      },
    );
  }
  const wanted = digest(token);
  return (header) => {
    const given = /^Bearer +(\S+)$/i.exec(header ?? "")?.[1];
    // Equally long whatever was sent, so that the time that it takes tells nothing.
    if (given !== undefined && timingSafeEqual(digest(given), wanted)) return;
    const [found, challenge] = given === undefined ? ["no", ""] : ["another", ' error="invalid_token"'];
    throw new Refusal(
      401,
      "Unauthorized",
      `this needs the token that fleet was started with, and ${found} token came`,
      {
        hint: "send it as `Authorization: Bearer TOKEN`",
        headers: { "WWW-Authenticate": `Bearer${challenge}` },
      },
    );
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
