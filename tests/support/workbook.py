"""Reads a workbook back with nothing but its archive, for tests: cells as they are stored."""
import re
import xml.etree.ElementTree as ET
import zipfile

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
OFFICE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


class Cell:
    """`value` is a text or a float, `formula` None where there is none, `format` the number format."""

    def __init__(self, value, formula, number_format):
        self.value, self.formula, self.format = value, formula, number_format


class Workbook:
    def __init__(self, path):
        self.archive = zipfile.ZipFile(path)
        assert self.archive.testzip() is None
        self._read_strings()
        self._read_formats()
        paths = {r.get("Id"): r.get("Target") for r in self._xml("xl/_rels/workbook.xml.rels")}
        self.sheets = {}
        for sheet in self._xml("xl/workbook.xml").iter(MAIN + "sheet"):
            self.sheets[sheet.get("name")] = self._read_sheet("xl/" + paths[sheet.get(OFFICE + "id")])

    def _xml(self, name):
        return ET.fromstring(self.archive.read(name))

    def _read_strings(self):
        self.strings = []
        if "xl/sharedStrings.xml" in self.archive.namelist():
            for item in self._xml("xl/sharedStrings.xml"):
                self.strings.append("".join(t.text or "" for t in item.iter(MAIN + "t")))

    def _read_formats(self):
        styles = self._xml("xl/styles.xml")
        codes = {f.get("numFmtId"): f.get("formatCode") for f in styles.iter(MAIN + "numFmt")}
        self.formats = [codes.get(xf.get("numFmtId"), xf.get("numFmtId"))
                        for xf in styles.find(MAIN + "cellXfs")]

    def _cell(self, c):
        value = c.find(MAIN + "v")
        formula = c.find(MAIN + "f")
        number_format = self.formats[int(c.get("s", 0))]
        if c.get("t") == "inlineStr":
            text = "".join(t.text or "" for t in c.iter(MAIN + "t"))
            return Cell(text, None, number_format)
        if value is None:
            return Cell("", None, number_format)
        if c.get("t") == "s":
            return Cell(self.strings[int(value.text)], None, number_format)
        return Cell(float(value.text), formula.text if formula is not None else None, number_format)

    def _read_sheet(self, path):
        rows = []
        for row in self._xml(path).iter(MAIN + "row"):
            cells = {}
            for c in row:
                letters = re.match("[A-Z]+", c.get("r")).group()
                assert len(letters) == 1, "more than 26 columns"
                cells[ord(letters) - ord("A")] = self._cell(c)
            rows.append([cells.get(i, Cell("", None, "0")) for i in range(max(cells, default=-1) + 1)])
        return rows
