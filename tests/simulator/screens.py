"""Screens of the record and acts on them."""

from __future__ import annotations

CHART = ("カルテ", "参照")
NOTE = ("診療記録", "登録")
FLOW = ("経過表", "登録")
NURSING = ("看護記録", "登録")
PROFILE = ("患者プロファイル", "参照")
RESULT = ("検査結果", "参照")
IMAGE = ("画像", "参照")
REPORT = ("レポート", "登録")
ORDER = ("オーダ", "登録")
DO = ("オーダ実施", "登録")
MEDICINE = ("処方・注射歴", "参照")
SUMMARY = ("退院サマリ", "登録")
RECEPTION = ("受付", "登録")
BILL = ("会計", "更新")
CODE = ("病名", "登録")
LETTER = ("紹介状・返書", "登録")
DOCUMENT = ("文書", "登録")
BOOK = ("予約", "登録")
LIST = ("患者一覧", "検索")
PRINT = ("病棟患者一覧", "印刷")
OUT = ("患者一覧出力", "エクスポート")
LOGIN = ("ログイン", "ログイン")
LOGOUT = ("ログアウト", "ログアウト")

ENGLISH = {
    "カルテ": "Chart", "診療記録": "Progress note", "経過表": "Flow sheet",
    "看護記録": "Nursing note", "患者プロファイル": "Profile", "検査結果": "Lab results",
    "画像": "Images", "レポート": "Report", "オーダ": "Order", "オーダ実施": "Order done",
    "処方・注射歴": "Medication history", "退院サマリ": "Discharge summary",
    "受付": "Reception", "会計": "Billing", "病名": "Diagnosis", "紹介状・返書": "Referral letter",
    "文書": "Document", "予約": "Appointment", "患者一覧": "Patient list",
    "病棟患者一覧": "Ward list", "患者一覧出力": "Patient list export", "ログイン": "Login",
    "ログアウト": "Logout", "参照": "view", "登録": "create", "更新": "update", "検索": "search",
    "印刷": "print", "エクスポート": "export", "成功": "success", "拒否": "denied",
    "失敗": "failed",
}  # fmt: skip
