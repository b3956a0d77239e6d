# SPDX-License-Identifier: GPL-2.0
"""The neutral result in the formats of those who show or collect it.

Each function takes what result.py describes and gives the text of a file:

  gradescope  results.json (gradescope-autograders.readthedocs.io, specs)
  autolab     the last line of standard output (docs.autolabproject.com, lab)
  classroom   what classroom-resources/autograding-grading-reporter reads; its
              environment takes it in base64
  tap         TAP version 13
  junit       JUnit's XML as Jenkins and GitLab read it
  text        a table
"""
import json
import xml.etree.ElementTree as ET

from . import result

FAILURES = (result.FAILED, result.REFUSED)      # the code was judged
NO_VERDICT = (result.NOT_RUN, result.SLOW, result.BROKEN)
HIDDEN_TEXT = "hidden check"


def explain(row, full=False):
    """Expected, seen, detail and how to repeat it, as lines."""
    if row["state"] == result.PASSED:
        return []
    if row["hidden"] and not full:
        return [row["state"]]
    lines = [row["state"], "expected: " + (row["wanted"] or row["expect"])]
    if row["seen"]:
        lines.append("seen: " + row["seen"])
    lines += ["| " + x for x in row["detail"]]
    if not row["hidden"]:
        lines.append("repeat: " + row["repeat"])
    return lines


def title(row):
    name = f"{row['name']}: {HIDDEN_TEXT if row['hidden'] else row['expect']}"
    return f"task {row['task']}, {name}" if row["task"] else name


def headline(data):
    text = f"Lab {data['lab']}, {data['title']}: "
    text += f"{data['score']} of {data['points']} points"
    if not data["complete"]:
        text += "; grading did not end: what was reached counts"
    return "\n".join([text] + data["notes"])


def gradescope(data):
    return json.dumps({
        "score": data["score"], "execution_time": round(data["seconds"]),
        "output": headline(data), "output_format": "text",
        "visibility": "visible", "stdout_visibility": "hidden",
        "extra_data": {"isolation": data["isolation"],
                       "complete": data["complete"]},
        "tests": [{
            "name": title(row), "name_format": "text",
            "number": str(number), "score": row["score"],
            "max_score": row["points"],
            "status": "passed" if row["state"] == result.PASSED else
            "failed",
            "output": "\n".join(explain(row)), "output_format": "text",
            "visibility": "after_published" if row["hidden"] else "visible",
        } for number, row in enumerate(data["checks"], 1)]}, indent=1) + "\n"


def problem(row):
    """Autolab's name of what a check counts for."""
    return ("hidden" if row["hidden"] else
            f"task {row['task']}" if row["task"] else "lab")


def autolab(data):
    scores = {}
    for row in data["checks"]:
        scores[problem(row)] = scores.get(problem(row), 0) + row["score"]
    return json.dumps({"scores": scores,
                       "scoreboard": [data["score"]]}) + "\n"


def classroom(data):
    def status(row):
        return ("pass" if row["state"] == result.PASSED else
                "fail" if row["state"] in FAILURES else "error")

    rows = data["checks"]
    whole = ("pass" if all(status(x) == "pass" for x in rows) else
             "error" if any(status(x) == "error" for x in rows) else "fail")
    return json.dumps({
        "version": 1, "status": whole, "max_score": data["points"],
        "tests": [{
            "name": row["name"], "status": status(row),
            "score": row["score"], "message": "\n".join(explain(row)),
            "test_code": row["repeat"], "filename": "", "line_no": 0,
            "duration": row["seconds"]} for row in rows]}) + "\n"


def yaml_text(text):
    """A scalar that needs no thought: JSON's strings are YAML's."""
    return json.dumps(text, ensure_ascii=False)


def tap(data):
    lines = ["TAP version 13", f"1..{len(data['checks'])}"]
    for number, row in enumerate(data["checks"], 1):
        word = "ok" if row["state"] == result.PASSED else "not ok"
        lines.append(f"{word} {number} - {row['name']}")
        lines += ["  ---", f"  points: {row['points']}",
                  f"  score: {row['score']}",
                  f"  state: {yaml_text(row['state'])}"]
        if word == "not ok" and not row["hidden"]:
            lines += [
                "  expected: " + yaml_text(row["wanted"] or row["expect"]),
                "  seen: " + yaml_text(row["seen"]),
                "  repeat: " + yaml_text(row["repeat"])]
        lines.append("  ...")
    lines.append(f"# {data['score']} of {data['points']} points")
    return "\n".join(lines) + "\n"


def xml_text(text):
    """Without what XML 1.0 cannot hold."""
    return "".join(c if c in "\n\t" or c >= " " and not
                   "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff"
                   else "\ufffd" for c in text)


def junit(data):
    rows = data["checks"]
    failures = [x for x in rows if x["state"] in FAILURES]
    skipped = [x for x in rows if x["state"] == result.NOT_RUN]
    errors = [x for x in rows if x["state"] != result.PASSED and
              x not in failures and x not in skipped]
    counts = {"tests": str(len(rows)), "failures": str(len(failures)),
              "errors": str(len(errors)), "skipped": str(len(skipped)),
              "time": f"{data['seconds']:.3f}"}
    suite = ET.Element("testsuite", name=f"lab{data['lab']}", **counts)
    properties = ET.SubElement(suite, "properties")
    for name in ("score", "points", "isolation", "complete"):
        ET.SubElement(properties, "property", name=name,
                      value=str(data[name]))
    for row in rows:
        case = ET.SubElement(
            suite, "testcase", classname=f"lab{data['lab']}." + (
                "hidden" if row["hidden"] else f"task{row['task']}"),
            name=row["name"], time=f"{row['seconds']:.3f}")
        if row["state"] == result.PASSED:
            continue
        if row in skipped:
            ET.SubElement(case, "skipped")
            continue
        text = xml_text("\n".join(explain(row)))
        child = ET.SubElement(
            case, "failure" if row in failures else "error",
            type=row["state"], message=xml_text(
                "" if row["hidden"] else row["seen"] or row["expect"]))
        child.text = text
    ET.indent(suite)
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' +
            ET.tostring(suite, encoding="unicode") + "\n")


def text(data):
    lines = [headline(data), ""]
    for row in data["checks"]:
        lines.append(f"{row['score']:4}/{row['points']:<4} "
                     f"{row['state']:10} {row['name']}")
        lines += ["          " + x for x in explain(row)[1:]]
    return "\n".join(lines) + "\n"


FORMATS = {"gradescope": gradescope, "autolab": autolab, "text": text,
           "classroom": classroom, "tap": tap, "junit": junit}
