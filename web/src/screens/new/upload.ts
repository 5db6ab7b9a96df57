// A git bundle on its way to the gateway. XMLHttpRequest, because fetch tells no progress of what it sends.

import { address, ApiProblem, readProblem } from "../../data/api";
import type { Uploaded } from "../../data/wire";

export interface Upload {
  done: Promise<Uploaded>;
  stop(): void;
}

export function upload(file: File, ref: string, onPart: (share: number) => void): Upload {
  const request = new XMLHttpRequest();
  const done = new Promise<Uploaded>((resolve, reject) => {
    request.upload.onprogress = ({ loaded, total }) => onPart(total ? loaded / total : 0);
    request.onload = () => {
      if (request.status < 300) resolve(JSON.parse(request.responseText) as Uploaded);
      else reject(readProblem(request.status, parsed(request.responseText)));
    };
    request.onerror = () => reject(new ApiProblem(0, "unreachable", "The upload broke off", "try it again"));
    request.onabort = () => reject(new ApiProblem(0, "stopped", "The upload was stopped"));
  });
  request.open("POST", address("/repositories", { ref }));
  request.setRequestHeader("X-Mycoder-Client", "web");
  request.setRequestHeader("Content-Type", "application/x-git-bundle");
  request.send(file);
  return { done, stop: () => request.abort() };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // a proxy in between may answer with a page
  }
}
