// The text of the server's metrics, with the corners of its format.
import { describe, expect, it } from "vitest";
import { findMetrics, parseMetrics } from "./prometheus";

const TEXT = `# HELP tutti_frames_received Frames received.
# TYPE tutti_frames_received counter
tutti_frames_received_total 1234
# HELP tutti_closed Connections closed, by "code".
# TYPE tutti_closed counter
tutti_closed_total{code="1000"} 5
tutti_closed_total{code="4100",note="a \\"b\\" \\\\ c, d}"} 2 1700000000
# TYPE wait_seconds histogram
wait_seconds_bucket{le="0.5"} 3 # {trace="x"} 0.4
wait_seconds_bucket{le="+Inf"} 4
wait_seconds_sum 1.5e-1
wait_seconds_count 4
undescribed NaN
broken line here
half{a="b"
# EOF
`;

describe("parseMetrics", () => {
  const families = parseMetrics(TEXT);

  it("gathers series under their family, with type and help", () => {
    expect(families.map(({ name, type, series }) => [name, type, series.length])).toEqual([
      ["tutti_frames_received", "counter", 1],
      ["tutti_closed", "counter", 2],
      ["wait_seconds", "histogram", 4],
      ["undescribed", "unknown", 1],
    ]);
    expect(families[1]?.help).toBe('Connections closed, by "code".');
  });

  it("reads labels with everything that may stand in them", () => {
    expect(families[1]?.series[1]).toEqual({ name: "tutti_closed_total", labels: { code: "4100", note: 'a "b" \\ c, d}' }, value: 2 });
  });

  it("reads every way of writing a number", () => {
    expect(families[2]?.series.map(({ value }) => value)).toEqual([3, 4, 0.15, 4]);
    expect(families[3]?.series[0]?.value).toBeNaN();
    expect(parseMetrics("up +Inf\ndown -Inf")[1]?.series[0]?.value).toBe(-Infinity);
  });

  it("is not upset by nothing", () => {
    expect(parseMetrics("")).toEqual([]);
  });

  it("finds series by all the words in name, labels and description", () => {
    expect(findMetrics(families, "").length).toBe(8);
    expect(findMetrics(families, "CLOSED 4100").map(({ id }) => id)).toEqual(['tutti_closed_total{code="4100",note="a "b" \\ c, d}"}']);
    expect(findMetrics(families, "nothing")).toEqual([]);
  });
});
