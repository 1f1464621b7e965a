"""What an order asks for, by the words that systems use for it."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from sekisho.care.places import plain
from sekisho.care.records import What

WORDS: tuple[tuple[What, str], ...] = (
    (What.CONSULT, r"コンサル|他科|対診|診療依頼|併診|兼科|往診依頼|紹介(?!状)|consult|referral|\brefer\b"),
    (What.NUTRITION, r"栄養|nutrition|dietit"),
    (What.DIALYSIS, r"透析|血液浄化|血漿交換|dialys|\bhdf?\b|\bchdf\b|\bcrrt\b|apheresis"),
    (What.REHABILITATION, r"リハ|理学療法|作業療法|言語療法|言語聴覚|嚥下訓練|rehab|physiotherap|physical.?therap|occupational.?therap|speech|ambulat|exercise|\bp\.?t\.?\b|\bo\.?t\.?\b"),
    (What.PATHOLOGY, r"病理|細胞診|組織診|生検|patholog|cytolog|histolog|biops"),
    (What.ENDOSCOPY, r"内視鏡|胃カメラ|大腸カメラ|\besd\b|\bercp\b|\begd\b|endoscop|colonoscop|gastroscop|bronchoscop|cystoscop|sigmoidoscop"),
    (What.TRANSFUSION, r"輸血|血液製剤|赤血球液|血小板液|新鮮凍結|交差適合|transfus|crossmatch|blood.?product"),
    (What.PHYSIOLOGY, r"生理|心電|心エコー|エコー|超音波|脳波|筋電|肺機能|呼吸機能|ホルター|負荷心|聴力|聴覚|睡眠検査|\becg\b|\bekg\b|\beeg\b|\bemg\b|physiolog|echocardio|electrocardio|electroenceph|spirometr|holter|pulmonary.?function|\becho\b|audiometr"),
    (What.IMAGING, r"放射線|画像|撮影|x線|レントゲン|マンモ|核医学|シンチ|透視|造影|アンギオ|骨密度|\bct\b|\bmri?\b|\bx-?p\b|\bxr\b|\bcr\b|\bdr\b|\bpet\b|\bri\b|\bus\b|\bdxa\b|x.?ray|radiolog|radiograph|imaging|ultraso|mammogra|tomograph|magnetic.?resonance|scintigra|angiogra|fluorosc"),
    (What.SURGERY, r"手術|オペ|麻酔|術式|切除|摘出|縫合|置換術|形成術|\bope?\b|\bor\b|surg|operation|anaesthe|anesthe|ectomy|plasty\b|graft"),
    (What.INJECTION, r"注射|点滴|静注|筋注|皮下注|化学療法|抗がん剤|輸液|injection|infusion|chemotherap|intraven|\biv\b|\binj\b|vaccin|予防接種"),
    (What.PRESCRIPTION, r"処方|投薬|投与|内服|外用|頓服|持参薬|薬剤|薬品|服薬|退院薬|錠|カプセル|軟膏|prescri|medicat|drug|\brx\b|pharma|dispens|tablet|capsule"),
    (What.LAB, r"検体|生化学|血液|血算|末梢血|血糖|凝固|尿|便検|細菌|培養|微生物|免疫|感染症検査|採血|腫瘍マーカー|髄液|臨床検査|\blab|blood|urin|cultur|\bcbc\b|hba1c|chemistr|hematolog|haematolog|microbiolog|serolog|specimen|\bpanel\b|glucose|phlebotom|venipunct|pcr"),
    (What.DIET, r"食事|食種|給食|配膳|常食|特食|治療食|絶食|食止|\bdiet|meal|\bfood"),
    (What.LIAISON, r"地域連携|退院支援|退院調整|入退院支援|医療相談|紹介状|診療情報提供|ソーシャル|liaison|social.?work|discharge.?plan|case.?management"),
    (What.NURSING, r"看護|処置|ケア|清拭|創傷|体位|吸引|バイタル|安静度|nurs|wound|dressing|turning|\bturn\b|vital|catheter|\bcare\b"),
    (What.LAB, r"検査|\btest|\bexam"),
)  # fmt: skip
"""What an order is → the words that say so; the first that fits stands."""

_EDGE = re.compile(r"(?<=[a-z0-9])(?=[^\x00-\x7f])|(?<=[^\x00-\x7f])(?=[a-z0-9])|_")
"""Where a Latin word ends beside Japanese (胸部CT): there are no spaces."""
_WORDS = tuple((what, re.compile(pattern)) for what, pattern in WORDS)


@lru_cache(maxsize=8192)
def what_of(*texts: str | None) -> What:
    """Return what an order asks for, by the first of `texts` that says so; OTHER where none does."""
    for text in texts:
        if not text:
            continue
        if plain(text) in set(What):
            return What(plain(text))
        words = _EDGE.sub(" ", unicodedata.normalize("NFKC", text).casefold())
        found = next((what for what, pattern in _WORDS if pattern.search(words)), None)
        if found:
            return found
    return What.OTHER
