/**
 * The answer to kernel_info_request (Jupyter messaging, "Kernel info").
 */
import process from "node:process";
import type { Kernel } from "./kernel.ts";
import { type Content, type Message, protocolVersion } from "./wire.ts";

declare const TRACEBOOK_VERSION: string;
declare const TYPESCRIPT_VERSION: string;

export function kernelInfo(_request: Message, { supportedFeatures }: Kernel): Content {
  return {
    status: "ok",
    protocol_version: protocolVersion,
    implementation: "tracebook",
    implementation_version: TRACEBOOK_VERSION,
    language_info: {
      name: "typescript",
      version: TYPESCRIPT_VERSION,
      mimetype: "text/typescript",
      file_extension: ".ts",
      pygments_lexer: "typescript",
      codemirror_mode: { name: "javascript", typescript: true },
      nbconvert_exporter: "script",
    },
    banner: `Tracebook ${TRACEBOOK_VERSION}: TypeScript ${TYPESCRIPT_VERSION} on Node ${process.versions.node}`,
    help_links: [
      { text: "TypeScript", url: "https://www.typescriptlang.org/docs/" },
      { text: "PyTorch (names and semantics)", url: "https://docs.pytorch.org/docs/stable/torch.html" },
    ],
    debugger: true,
    supported_features: supportedFeatures,
  };
}
