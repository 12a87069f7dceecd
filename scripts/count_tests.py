"""count_tests.py REPORT.xml...: the sums of JUnit reports in a line; exit status 1 when a test failed or none ran."""

import sys
import xml.etree.ElementTree as ET


def main(paths: list[str]) -> int:
    total = bad = skipped = 0
    for path in paths:
        for suite in ET.parse(path).getroot().iter("testsuite"):
            total += int(suite.get("tests", 0))
            bad += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            skipped += int(suite.get("skipped", 0)) + int(suite.get("disabled", 0))
    print(f"tests: {total - bad - skipped} passed, {bad} failed, {skipped} skipped")
    return int(bad > 0 or total == 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
