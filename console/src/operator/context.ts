// What every operator page may ask for: the interface, and the history of samples that is taken while one of them is open.
import { createContext, useContext } from "react";
import { Poll } from "../app/poll";
import type { OperatorApi } from "./api";
import { type Sample, SAMPLE_MS, withSample } from "./samples";

export interface Operator {
  api: OperatorApi;
  history: Poll<readonly Sample[]>;
}

export function createOperator(api: OperatorApi): Operator {
  let samples: readonly Sample[] = [];
  const take = async (): Promise<readonly Sample[]> => {
    samples = withSample(samples, await api.overview());
    return samples;
  };
  return { api, history: new Poll(take, SAMPLE_MS) };
}

export const OperatorContext = createContext<Operator | null>(null);

export function useOperator(): Operator {
  const value = useContext(OperatorContext);
  if (!value) throw new Error("useOperator is for components below the operator's layout");
  return value;
}
