"""Workbooks laid out like the issued checklist, in several ways, and begun by hand.

The issued file is not at hand. What is known of it (two sheets, はい/いいえ, 確認日, 目標日,
numbers, the matter of each item) is in docs/formats/checklist.md; wording and layout are
ours, and differ from way to way on purpose.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence

from lxml import etree
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

TITLE = "令和7年度版　医療機関におけるサイバーセキュリティ対策チェックリスト"
SECTIONS = (
    "",
    "体制構築",
    "医療情報システムの管理・運用",
    "インシデント発生に備えた対応",
    "規程類の整備",
)
FIRST = "医療情報システムを導入して、運用している（「いいえ」なら、以下は不要）。"
ASKED: Mapping[tuple[int, int], str] = {
    (1, 1): "医療情報システムの安全管理責任者を決めている。",
    (2, 1): "サーバ、端末、ネットワーク機器の台帳を作り、管理している。",
    (2, 2): "遠隔保守（リモート）を使う機器があるかを、事業者に確認した。",
    (2, 3): "事業者から、開示書（MDS/SDS）を出してもらった。",
    (2, 4): "職種や担当業務ごと、情報の区分ごとにアクセス権限を決めている。だれが管理者権限を持つかが明らかである。",
    (2, 5): "退職した職員のアカウントや、使っていないアカウントを削除するか、無効にしている。",
    (2, 6): "セキュリティパッチ（新しいファームウェア、更新プログラム）を当てている。",
    (2, 7): "パスワードは、英数字と記号を混ぜた8文字以上にし、定期的に変えている（二要素認証か、13文字以上なら変更しなくてよい）。",
    (2, 8): "同じパスワードの使い回しを禁止している。",
    (2, 9): "USBなどの外部媒体や機器を接続することを制限している。",
    (2, 10): "二要素認証を入れている。または、令和9年度までに入れる予定である。",
    (2, 11): "アクセスログを管理している。",
    (2, 12): "裏で動く、不要なソフトウェアやサービスを停止している。",
    (2, 13): "接続元を制限している。",
    (3, 1): "インシデントのときの、組織の内と外（事業者、厚生労働省、警察など）の連絡体制図がある。",
    (3, 2): "診療を続けるのに必要な情報を検討し、データとシステムのバックアップをとり、復旧の手順を確認している。",
    (3, 3): "サイバー攻撃を想定した、事業継続計画（BCP）がある。",
    (4, 1): "1から3のすべての項目のやり方を、運用管理規程などに定めている。",
}  # fmt: skip
CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬"
WIDE = str.maketrans("0123456789-", "０１２３４５６７８９－")
_THIN = Side(style="thin")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_HEAD = PatternFill("solid", fgColor="FFDDEBF7")


def plain(*, title: str = TITLE) -> Workbook:
    """Columns as the newest forms have them: number, item, 確認結果 to choose, 確認日, 目標日, 備考."""
    book = Workbook()
    first = book.active
    assert isinstance(first, Worksheet)
    first.title = "はじめに"
    first["A1"] = "このチェックリストの使い方"
    first["A3"] = (
        "各項目について「はい」「いいえ」を選び、確認日を記入してください。「いいえ」の場合は目標日を記入してください。"
    )
    for kind in ("医療機関確認用", "事業者確認用"):
        _plain_sheet(book.create_sheet(kind), f"{title}（{kind}）", kind)
    return book


def _plain_sheet(sheet: Worksheet, title: str, kind: str) -> None:
    sheet["A1"] = title
    sheet.merge_cells("A1:H1")
    sheet["A1"].font = Font(size=14, bold=True)
    sheet["A2"] = (
        "*以下の項目は令和7年度中にすべての項目で「はい」にマルが付くよう取り組んでください。"
    )
    sheet["A3"] = "*「いいえ」の場合、令和7年度中の対応目標日を記入してください。"
    heads = ("区分", "番号", "チェック項目", "対象", "確認結果", "確認日", "目標日", "備考")
    row = 5
    for column, name in enumerate(heads, start=1):
        cell = sheet.cell(row, column, name)
        cell.fill, cell.font, cell.border = _HEAD, Font(bold=True), _BOX
    for letter, width in zip("ABCDEFGH", (12, 7, 60, 12, 10, 14, 14, 20), strict=True):
        sheet.column_dimensions[letter].width = width
    row += 1
    sheet.cell(row, 3, FIRST)
    start = row
    for (section, number), text in ASKED.items():
        row += 1
        if number == 1:
            sheet.cell(row, 1, f"{section}　{SECTIONS[section]}")
            last = row + sum(s == section for s, _ in ASKED) - 1
            sheet.merge_cells(start_row=row, end_row=last, start_column=1, end_column=1)
        sheet.cell(row, 2, f"{section}-{CIRCLED[number - 1]}")
        sheet.cell(row, 3, text).alignment = Alignment(wrap_text=True, vertical="center")
        sheet.row_dimensions[row].height = 34
        sheet.cell(row, 4, "サーバ・端末" if section == 2 else "組織")
    for at in range(start, row + 1):
        for column in range(1, 9):
            sheet.cell(at, column).border = _BOX
        for column in (6, 7):
            sheet.cell(at, column).number_format = "yyyy/m/d"
        sheet.cell(at, 5).protection = Protection(locked=False)
    choice = DataValidation(type="list", formula1='"はい,いいえ"', allow_blank=True)
    choice.add(f"E{start}:E{row}")
    sheet.add_data_validation(choice)
    sheet.cell(row + 2, 3, "「はい」の数")
    sheet.cell(row + 2, 5, f'=COUNTIF(E{start}:E{row},"はい")')
    sheet["C7"].comment = Comment("通知の別紙を参照", "厚労")
    sheet.freeze_panes = "A6"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    for merged in sheet.merged_cells.ranges:
        sheet.cell(merged.min_row, merged.min_col).alignment = Alignment(
            wrap_text=True, vertical="center"
        )
    sheet.print_title_rows = "5:5"
    foot = sheet.oddFooter
    assert foot is not None
    assert foot.center is not None
    foot.center.text = f"{kind} &P/&N"


def circled() -> Workbook:
    """Numbers as ① below a heading, in the text itself; one column each for はい and いいえ; （　/　）."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "医療機関確認用"
    sheet["B2"] = TITLE
    sheet["B3"] = FIRST
    sheet["C5"], sheet["F5"], sheet["G5"] = "確認結果", "確認日", "目標日"
    sheet.merge_cells("C5:D5")
    sheet["C6"], sheet["D6"] = "はい", "いいえ"
    sheet["B5"] = "項　目"
    sheet.merge_cells("B5:B6")
    row = 7
    sheet.cell(row, 2, FIRST)
    for (section, number), text in ASKED.items():
        if number == 1:
            row += 1
            sheet.cell(row, 2, f"{section}　{SECTIONS[section]}")
            sheet.merge_cells(start_row=row, end_row=row, start_column=2, end_column=7)
        row += 1
        sheet.cell(row, 2, f"{CIRCLED[number - 1]}{text}")
        sheet.cell(row, 6, "（　　/　　）")
        sheet.cell(row, 7, "（　　/　　）")
    return book


def turns() -> Workbook:
    """The older form: 1回目, 目標日, 2回目, 3回目, each a printed choice with a day to write."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "チェックリスト"
    sheet["A1"] = TITLE + "（医療機関確認用）"
    sheet["B4"], sheet["C4"] = "チェック項目", "確認結果（日付）"
    sheet.merge_cells("C4:F4")
    for letter, name in zip("CDEF", ("1回目", "目標日", "2回目", "3回目"), strict=True):
        sheet[f"{letter}5"] = name
    row = 6
    sheet.cell(row, 2, FIRST)
    for (section, number), text in [((0, 0), FIRST), *ASKED.items()]:
        sheet.cell(row, 1, f"{section}({number})".translate(WIDE) if section else None)
        sheet.cell(row, 2, text)
        for column in (3, 5, 6):
            sheet.cell(row, column, "はい・いいえ\n（　　/　　）")
        sheet.cell(row, 4, "（　　/　　）")
        row += 1
    return book


def moved() -> Workbook:
    """Columns in another order, ２－１ as number, 令和　年　月　日 as frame of a day, boxes to tick."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "薬局確認用"
    sheet["A1"] = TITLE
    for column, name in zip(
        "ABCDE", ("目標年月日", "確認年月日", "回答", "No.", "内容"), strict=True
    ):
        sheet[f"{column}3"] = name
    row = 4
    for (section, number), text in [((0, 0), FIRST), *ASKED.items()]:
        sheet.cell(row, 1, "令和　　年　　月　　日")
        sheet.cell(row, 2, "令和　　年　　月　　日")
        sheet.cell(row, 3, "□はい　□いいえ")
        sheet.cell(row, 4, f"{section}-{number}".translate(WIDE) if section else None)
        sheet.cell(row, 5, text.replace("薬局", "医療機関"))
        row += 1
    return book


def twice() -> Workbook:
    """Headings in three lines over two times; section, number and text in three columns; 　/　 as frame."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "医療機関確認用"
    sheet["A1"] = "令和７年度版"
    sheet["B3"], sheet["D3"], sheet["D4"], sheet["G4"] = (
        "チェック項目",
        "令和７年度中",
        "1回目",
        "2回目",
    )
    for where in ("B3:C5", "D3:I3", "D4:F4", "G4:I4"):
        sheet.merge_cells(where)
    for letter, name in zip("DEFGHI", ("確認結果", "確認日", "目標日") * 2, strict=True):
        sheet[f"{letter}5"] = name
    for row, ((section, number), text) in enumerate([((0, 0), FIRST), *ASKED.items()], start=6):
        sheet.cell(row, 1, str(section) if number == 1 else None)
        sheet.cell(row, 2, CIRCLED[number - 1] if section else None)
        sheet.cell(row, 3, text)
        sheet.cell(row, 5, "　　/　　")
    return book


def sections() -> Workbook:
    """Headings said again in each section; (2-①) before the text in one cell; （　月　日） as frame."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet["A1"] = TITLE
    row, last = 3, -1
    for (section, number), text in [((0, 0), FIRST), *ASKED.items()]:
        if section != last:
            sheet.cell(row, 1, f"{section}. {SECTIONS[section]}" if section else "前提")
            names = ("チェック項目", "チェック", "確認日", "対応目標日（いいえの場合）")
            for column, name in enumerate(names, start=1):
                sheet.cell(row + 1, column, name)
            row, last = row + 2, section
        sheet.cell(row, 1, (f"({section}-{CIRCLED[number - 1]}) " if section else "") + text)
        sheet.cell(row, 2, "はい ・ いいえ")
        sheet.cell(row, 3, "（　月　日）")
        sheet.cell(row, 4, "（　月　日）")
        row += 1
    return book


def ticked() -> Workbook:
    """A box in the cell (TRUE/FALSE) for はい and one for いいえ."""
    book = circled()
    sheet = book["医療機関確認用"]
    for row in range(7, sheet.max_row + 1):
        if sheet.cell(row, 6).value or row == 7:
            sheet.cell(row, 3, value=False)
            sheet.cell(row, 4, value=False)
    return book


WAYS: Mapping[str, Callable[[], Workbook]] = {
    "plain": plain,
    "circled": circled,
    "turns": turns,
    "moved": moved,
    "ticked": ticked,
    "twice": twice,
    "sections": sections,
}


def packed(book: Workbook) -> bytes:
    """Return a workbook as a file."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


_SHAPE = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><xdr:twoCellAnchor><xdr:from><xdr:col>7</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>0</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:to><xdr:col>8</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>3</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:to><xdr:sp macro="" textlink=""><xdr:nvSpPr><xdr:cNvPr id="2" name="TextBox 1"/><xdr:cNvSpPr txBox="1"/></xdr:nvSpPr><xdr:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="900000" cy="400000"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></xdr:spPr><xdr:txBody><a:bodyPr/><a:p><a:r><a:t>別紙１</a:t></a:r></a:p></xdr:txBody></xdr:sp><xdr:clientData/></xdr:twoCellAnchor></xdr:wsDr>"""
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def with_shapes(content: bytes, part: str = "xl/worksheets/sheet2.xml") -> bytes:
    """Put into a sheet what openpyxl cannot keep: a text box, printer settings, readings, an unknown extension."""
    folder, _, name = part.rpartition("/")
    rels = f"{folder}/_rels/{name}.rels"
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        parts = {one.filename: file.read(one) for one in file.infolist()}
    links = parts.get(
        rels,
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>',
    )
    more = (
        f'<Relationship Id="rIdShape" Type="{_RELATION}/drawing" Target="../drawings/drawing9.xml"/>'
        f'<Relationship Id="rIdPrint" Type="{_RELATION}/printerSettings" Target="../printerSettings/printerSettings1.bin"/>'
    )
    parts[rels] = links.replace(b"</Relationships>", more.encode() + b"</Relationships>")
    parts["xl/drawings/drawing9.xml"] = _SHAPE.encode()
    parts["xl/printerSettings/printerSettings1.bin"] = bytes(range(256))
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
        b"</Types>",
        b'<Default Extension="bin" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.printerSettings"/>'
        b'<Override PartName="/xl/drawings/drawing9.xml" ContentType="application/vnd.openxmlformats-officedocument.drawing+xml"/></Types>',
    )
    sheet = parts[part].decode()
    sheet = sheet.replace("<worksheet ", f'<worksheet xmlns:r="{_RELATION}" ', 1)
    mark = "<legacyDrawing" if "<legacyDrawing" in sheet else "</worksheet>"
    sheet = sheet.replace(mark, f'<drawing r:id="rIdShape"/>{mark}', 1)
    sheet = sheet.replace("<pageSetup ", '<pageSetup r:id="rIdPrint" ', 1)
    ending = '<extLst><ext uri="{00000000-0000-0000-0000-000000000001}"><unknown xmlns="urn:unknown" kept="1"/></ext></extLst></worksheet>'
    parts[part] = sheet.replace("</worksheet>", ending).encode()
    _share(parts, part)
    return _zipped(parts)


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def _share(parts: dict[str, bytes], part: str) -> None:
    """Move a sheet's texts into the shared ones, as Excel keeps them, with a reading above the letters."""
    root = etree.fromstring(parts[part])
    table = etree.Element(f"{{{_MAIN}}}sst")
    for number, cell in enumerate(root.findall(f".//{{{_MAIN}}}c[@t='inlineStr']")):
        (inner,) = cell
        text = inner[0].text
        cell.remove(inner)
        cell.set("t", "s")
        etree.SubElement(cell, f"{{{_MAIN}}}v").text = str(number)
        entry = etree.SubElement(table, f"{{{_MAIN}}}si")
        etree.SubElement(entry, f"{{{_MAIN}}}t").text = text
        reading = etree.SubElement(entry, f"{{{_MAIN}}}rPh", sb="0", eb="1")
        etree.SubElement(reading, f"{{{_MAIN}}}t").text = "フリガナ"
    parts[part] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    parts["xl/sharedStrings.xml"] = etree.tostring(table, xml_declaration=True, encoding="UTF-8")
    links = parts["xl/_rels/workbook.xml.rels"]
    link = f'<Relationship Id="rIdShared" Type="{_RELATION}/sharedStrings" Target="sharedStrings.xml"/>'
    parts["xl/_rels/workbook.xml.rels"] = links.replace(
        b"</Relationships>", link.encode() + b"</Relationships>"
    )
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
        b"</Types>",
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'.encode(),
    )


def _zipped(parts: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return out.getvalue()


def changed(content: bytes, more: Mapping[str, bytes]) -> bytes:
    """Return a workbook with parts added or changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        parts = {one.filename: file.read(one) for one in file.infolist()}
    return _zipped({**parts, **more})


def moved_to_extension(content: bytes, part: str = "xl/worksheets/sheet2.xml") -> bytes:
    """Move the choices of a sheet into an extension (x14), where newer Excel keeps those of other sheets."""
    root = etree.fromstring(parts_of(content)[part])
    old = root.find(f"{{{_MAIN}}}dataValidations")
    assert old is not None
    root.remove(old)
    spaces = {
        "x14": "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main",
        "xm": "http://schemas.microsoft.com/office/excel/2006/main",
    }
    held = etree.SubElement(etree.SubElement(root, f"{{{_MAIN}}}extLst"), f"{{{_MAIN}}}ext", uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}")  # fmt: skip
    rules = etree.SubElement(held, f"{{{spaces['x14']}}}dataValidations", nsmap=spaces)
    for one in old:
        made = etree.SubElement(rules, f"{{{spaces['x14']}}}dataValidation", type="list")
        formula = etree.SubElement(made, f"{{{spaces['x14']}}}formula1")
        etree.SubElement(formula, f"{{{spaces['xm']}}}f").text = one[0].text
        etree.SubElement(made, f"{{{spaces['xm']}}}sqref").text = one.get("sqref")
    return changed(content, {part: etree.tostring(root, xml_declaration=True, encoding="UTF-8")})


def changed_parts(parts: Mapping[str, bytes], more: Mapping[str, bytes]) -> bytes:
    """Return a workbook of parts, some of them others."""
    return _zipped({**parts, **more})


def parts_of(content: bytes) -> dict[str, bytes]:
    """Return the parts of a workbook."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {one.filename: file.read(one) for one in file.infolist()}


def numbers() -> Sequence[str]:
    """Return the numbers as the catalogue prints them."""
    return [f"{section}-{CIRCLED[number - 1]}" for section, number in ASKED]
