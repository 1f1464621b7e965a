/*
  関所の例です。害のないしるしを見つけるだけで、本物の不正なソフトは見つけません。
  病院の「データの置き場所/rules/」に写して、書き方の見本にしてください。
  Examples of Sekisho. They find harmless marks and no real malware: copy them to DATA/rules/
  and take them as a pattern.
*/

rule sekisho_example_mark
{
    meta:
        description = "関所の検査の試し / a test of the check station"
    strings:
        $mark = "SEKISHO-EXAMPLE-MARK"
    condition:
        $mark
}

rule sekisho_example_autorun
{
    meta:
        description = "媒体を入れただけで何かを動かす設定 / starts something as soon as a medium is put in"
    strings:
        $head = "[autorun]" nocase
        $open = /(open|shellexecute|shell\\[a-z]+\\command)\s*=/ nocase
    condition:
        filesize < 64KB and $head and $open
}
