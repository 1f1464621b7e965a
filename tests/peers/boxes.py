"""Check boxes drawn over a sheet, as Excel keeps them: a part, a control, a shape for older programs."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_EXTRA = (
    f'xmlns:r="{_OFFICE}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" '
    'xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"'
)


_NAMES = 'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:x="urn:schemas-microsoft-com:office:excel"'
_TYPE = (
    '<v:shapetype id="_x0000_t201" coordsize="21600,21600" o:spt="201" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/></v:shapetype>'
)
_VML = f"<xml {_NAMES}>{_TYPE}@</xml>"


def _named(shapes: str) -> str:
    """Return shapes that say themselves what their names mean, in a drawing that does not."""
    return re.sub(r"<(v:shape(?:type)?) ", rf"<\1 {_NAMES} ", shapes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One box: its cell (row and column from 0), how far in it begins (EMU), what stands beside it."""

    row: int
    column: int
    label: str
    off: int = 0
    checked: bool = False
    link: str = ""
    kind: str = "CheckBox"


def with_boxes(content: bytes, part: str, boxes: Sequence[Drawn]) -> bytes:
    """Return a workbook with boxes drawn over the sheet in `part`."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        parts = {one.filename: file.read(one) for one in file.infolist()}
    folder, _, name = part.rpartition("/")
    rels = f"{folder}/_rels/{name}.rels"
    links = parts.get(rels, f'<Relationships xmlns="{_PACKAGE}"></Relationships>'.encode()).decode()
    controls, shapes, types = "", "", ""
    more = ""
    for at, one in enumerate(boxes, start=1):
        shape, target = 2048 + at, f"ctrlProps/ctrlProp{at}.xml"
        checked = ' checked="Checked"' if one.checked else ""
        link = f' fmlaLink="{one.link}"' if one.link else ""
        parts[f"xl/{target}"] = (
            f'{_HEAD}<formControlPr xmlns="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"'
            f' objectType="{one.kind}"{checked}{link} lockText="1" noThreeD="1"/>'
        ).encode()
        more += f'<Relationship Id="rIdBox{at}" Type="{_OFFICE}/ctrlProp" Target="../{target}"/>'
        types += f'<Override PartName="/xl/{target}" ContentType="application/vnd.ms-excel.controlproperties+xml"/>'
        ends = (one.column, one.off, one.row, 30000, one.column, one.off + 400000, one.row, 200000)
        first, last = (
            f"<xdr:col>{a}</xdr:col><xdr:colOff>{b}</xdr:colOff><xdr:row>{c}</xdr:row><xdr:rowOff>{d}</xdr:rowOff>"
            for a, b, c, d in (ends[:4], ends[4:])
        )
        controls += (
            f'<mc:AlternateContent><mc:Choice Requires="x14"><control shapeId="{shape}" r:id="rIdBox{at}" name="Check Box {at}">'
            f'<controlPr defaultSize="0" autoFill="0" autoLine="0" autoPict="0"><anchor moveWithCells="1"><from>{first}</from><to>{last}</to></anchor></controlPr>'
            "</control></mc:Choice></mc:AlternateContent>"
        )
        state = "<x:Checked>1</x:Checked>" if one.checked else ""
        state += f"<x:FmlaLink>{one.link}</x:FmlaLink>" if one.link else ""
        x = one.off // 9525
        shapes += (
            f'<v:shape id="_x0000_s{shape}" type="#_x0000_t201" style="position:absolute" filled="f" stroked="f">'
            f'<v:textbox><div style="text-align:left"><font face="Meiryo UI" size="160">{one.label}</font></div></v:textbox>'
            f'<x:ClientData ObjectType="Checkbox"><x:SizeWithCells/><x:Anchor>{one.column}, {x}, {one.row}, 3, {one.column}, {x + 42}, {one.row}, 21</x:Anchor>'
            f"<x:AutoFill>False</x:AutoFill>{state}<x:NoThreeD/></x:ClientData></v:shape>\n"
        )
    known = re.search(r'Type="[^"]*/vmlDrawing" Target="/?([^"]*)"', links) or re.search(
        r'Target="/?([^"]*)"[^>]*Type="[^"]*/vmlDrawing"', links
    )
    if known is not None:  # a sheet has one such drawing: that of its comments
        drawing = known[1]
        parts[drawing] = parts[drawing].replace(
            b"</xml>",
            _named(_TYPE + shapes).encode() + b"</xml>",
        )
    else:
        drawing = "xl/drawings/vmlDrawing77.vml"
        more += f'<Relationship Id="rIdVml" Type="{_OFFICE}/vmlDrawing" Target="../drawings/vmlDrawing77.vml"/>'
        parts[drawing] = _VML.replace("@", shapes).encode()
    parts[rels] = links.replace("</Relationships>", more + "</Relationships>").encode()
    kinds = parts["[Content_Types].xml"].decode()
    if 'Extension="vml"' not in kinds:
        types = (
            '<Default Extension="vml" ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/>'
            + types
        )
    parts["[Content_Types].xml"] = kinds.replace("</Types>", types + "</Types>").encode()
    sheet = parts[part].decode().replace("<worksheet ", f"<worksheet {_EXTRA} ", 1)
    legacy = "" if known is not None else '<legacyDrawing r:id="rIdVml"/>'
    drawn = (
        f'{legacy}<mc:AlternateContent><mc:Choice Requires="x14"><controls>'
        f"{controls}</controls></mc:Choice></mc:AlternateContent></worksheet>"
    )
    parts[part] = sheet.replace("</worksheet>", drawn).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for each, body in parts.items():
            file.writestr(each, body)
    return out.getvalue()
