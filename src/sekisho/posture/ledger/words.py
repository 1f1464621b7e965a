"""The words that ledgers and exports use for their columns.

They are data; the code knows no hospital by name. A word names one field only. The columns of
Apex One, ESET, SKYSEA, LANSCOPE and WSUS are recalled, not read from a real export: where an
export says otherwise, the file is refused with the columns that were found.
"""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "number": """管理番号 管理no 管理id 資産番号 資産no 資産コード 資産管理番号 機器番号 機器no 機器id 機器コード 機器管理番号 装置番号 固定資産番号 備品番号 備品no me番号 me管理番号 me機器番号
        台帳番号 整理番号 端末番号 端末no 端末管理番号 サーバ番号 サーバー番号 対象機器番号 対象機器 インストール先番号 導入機器番号 対象管理番号 assetno assetnumber assettag assetid asset tagnumber tag inventoryno inventorynumber equipmentno equipmentid deviceid controlno""",
    "row_number": "no 番号 項番 連番 通番 行番号 no. #",
    "name": """機器名 機器名称 名称 装置名 装置名称 資産名 資産名称 品名 品目名 設備名 医療機器名 医療機器名称 一般的名称 サーバ名称 サーバー名称 端末名称 システム名 システム名称 機器種名
        名前 name devicename equipmentname assetname description itemname systemname""",
    "kind": """種別 区分 分類 種類 機器種別 機器区分 機器分類 資産種別 資産区分 資産分類 装置種別 カテゴリ カテゴリー 大分類 回線種別 接続種別 回線区分 接続区分
        type kind category class assettype devicetype equipmenttype connectiontype""",
    "maker": """メーカ メーカー メーカ名 メーカー名 製造元 製造会社 製造業者 製造者 製造メーカ 製造メーカー ベンダ ベンダー ベンダ名 ベンダー名 機器メーカ 機器メーカー 装置メーカー
        maker manufacturer vendor make mfr brand manufacturername vendorname systemmanufacturer""",
    "device_maker": "製造販売業者 製造販売業者名 製造販売元 製販業者 製造販売業者等 製造販売会社 authorizationholder marketingauthorizationholder",
    "product": """製品名 製品 商品名 販売名 製品名称 商品名称 機種名 シリーズ シリーズ名 機器 接続機器 接続機器名 vpn機器 ルータ機種 ルーター機種 装置 product productname tradename brandname series""",
    "model": """型式 型番 形式 型名 機種 モデル モデル名 モデル番号 型番号 機種型番 型式番号 型式型番 規格 品番 カタログ番号 コンピューターの型番 コンピュータ型番
        model modelno modelnumber modelname partnumber partno systemmodel""",
    "version": """バージョン バージョン番号 版 版数 ver ファームウェア ファームウエア ファームウェアバージョン ファームウェア版数 ファームウェアver fw fwバージョン fwver ソフトウェアバージョン ソフトバージョン
        ソフトウェア版数 ソフトver プログラムバージョン リビジョン システムバージョン version firmware firmwareversion firmwarever swversion softwareversion revision rev release""",
    "os": """os os名 os種別 osの種類 os名称 オペレーティングシステム 搭載os 使用os 基本ソフト プラットフォーム operatingsystem osname osdescription platform oscaption osfamily""",
    "os_version": "osバージョン osのバージョン os版数 osビルド osversion osbuild osbuildnumber ビルド番号 サービスパック servicepack",
    "serial": """シリアル シリアル番号 シリアルno シリアルナンバー 製造番号 製造no 製番 製造シリアル 機械番号 機番 号機 bios製造番号 serial serialno serialnumber sn serialnum biosserialnumber biosserial""",
    "place": """設置場所 設置部署 設置部門 設置先 設置フロア 設置部屋 設置室 場所 部屋 部屋名 フロア 使用場所 使用部署 配置場所 保管場所 病棟 所在 所在地 ロケーション 設置ラック
        location place room site installedat ward floor department""",
    "network": """ネットワーク ネットワーク名 接続ネットワーク 接続先ネットワーク セグメント ネットワークセグメント vlan vlanid 接続lan lan系統 lan種別 lan サブネット ドメイン ワークグループ ネットワーク区分 接続
        network segment vlanname subnet networksegment domain workgroup domainhierarchy zone networkzone connection""",
    "ip": """ip ipアドレス ipアドレス1 ipアドレス2 ipv4アドレス ipv6アドレス ipv4 ipaddr アドレス 固定ip 管理ip 管理ipアドレス ipaddress ipaddresses ipv4address ipv6address address remotehost""",
    "mac": """mac macアドレス macアドレス1 macアドレス2 mac有線 mac無線 macアドレス有線 macアドレス無線 有線mac 無線mac 物理アドレス macaddress macaddresses physicaladdress hwaddress ethernetaddress""",
    "host": """ホスト名 ホスト コンピュータ名 コンピューター名 コンピュータ コンピューター マシン名 端末名 pc名 サーバ名 サーバー名 netbios名 エンドポイント エンドポイント名 クライアント名 デバイス名 ノード名 fqdn dns名 完全修飾ドメイン名
        hostname host computername computer machinename machine endpoint endpointname fulldomainname dnsname nodename netbiosname clientname pcname fullyqualifieddomainname""",
    "clinical_use": "用途 使用目的 利用目的 用途区分 臨床用途 使用用途 用途説明 主な用途 clinicaluse intendeduse use usage",
    "stops": """停止時の影響 停止時影響 停止した場合の影響 影響 影響範囲 停止影響 停止すると止まる業務 停止で止まるもの 抜線時の影響 切断時の影響 業務影響 ダウン時の影響 外すと止まるもの whatstops impact impactifdown
        businessimpact outageimpact""",
    "unplug": """取り外し可否 取外し可否 取外可否 切断可否 抜線可否 停止可否 ネットワーク切断可否 切り離し可否 切離し可否 切離可否 隔離可否 lan抜線可否 unplug canunplug maybeunplugged disconnectable isolatable""",
    "maintained_by": """保守業者 保守会社 保守業者名 保守会社名 保守先 保守ベンダ 保守ベンダー 保守委託先 保守契約先 保守担当会社 保守点検業者 委託業者 導入業者 納入業者 購入先 販売店 ディーラー サポート窓口会社
        maintainedby maintainer maintenancevendor serviceprovider supportvendor supplier dealer""",
    "contact": """連絡先 保守連絡先 保守窓口 問合せ先 問い合わせ先 お問い合わせ先 保守電話番号 連絡先電話番号 緊急連絡先 窓口 業者連絡先 電話番号 contact supportcontact hotline supportphone contactinfo""",
    "contract": """保守契約 保守契約番号 保守契約区分 保守契約有無 契約番号 契約 保守 契約内容 保守契約期間 保守形態 契約区分 保守契約の有無 保守契約内容 contract contractno maintenancecontract supportcontract servicecontract""",
    "leased": "リース レンタル リース区分 所有区分 取得区分 リース有無 調達区分 lease leased ownership rental",
    "owner": """管理部署 管理部門 所管部署 所管 所有部署 所有部門 管理課 所属 所属部署 主管部署 担当部署 責任部署 部署 部署名 部門 所有者 owner owningdepartment managedby responsibledepartment owner department""",
    "lessor": "貸主 貸し主 貸出元 リース会社 リース会社名 リース業者 リース元 レンタル会社 レンタル業者 レンタル元 賃貸人 所有会社 lessor leasecompany leasingcompany rentalcompany",
    "eol": """eol サポート終了 サポート終了日 サポート期限 サポート終了予定日 メーカーサポート終了 メーカサポート終了 メーカサポート期限 メーカーサポート期限 メーカーサポート終了日 ossサポート期限 os終了日 販売終了 endoflife eoldate endofsupport supportends supportend eolon""",
    "eos": """eos 保守終了 保守終了日 保守期限 保守満了日 保守契約終了日 部品供給終了 部品保有期限 保守可能期限 修理対応終了 保守サービス終了日 eosl endofservice eosdate endofservicelife serviceends""",
    "bought": "購入日 取得日 導入日 納入日 設置日 購入年月日 取得年月日 導入年月日 納品日 設置年月日 購入年度 導入年度 purchasedate installed installedon installdate acquired",
    "state": "状態 使用状態 稼働状態 稼働状況 使用状況 運用状態 状況 ステータス 資産状態 資産状況 status state condition",
    "retired_on": "廃棄日 廃棄 除却日 廃棄年月日 除却年月日 撤去日 返却日 廃止日 disposedon retiredon disposaldate decommissioned",
    "note": "備考 備考欄 摘要 コメント メモ 注記 特記事項 note notes remarks comment comments",
    "class": "クラス クラス分類 医療機器クラス リスク分類 特定保守 特定保守管理 特定保守管理医療機器 jmdnコード jmdn 承認番号 認証番号 届出番号 薬事承認番号 deviceclass",
    "software": """ソフトウェア ソフトウェア名 ソフトウエア ソフトウエア名 ソフトウェア名称 ソフト名 アプリケーション アプリケーション名 アプリ名 プログラム名 プログラム パッケージ パッケージ名 インストールソフト ミドルウェア ミドルウェア名
        software softwarename application applicationname package packagename program programname displayname""",
    "publisher": "発行元 提供元 開発元 パブリッシャー 発行者 ソフトウェアメーカー ソフトウェアメーカ publisher developer",
    "display_version": "displayversion 製品バージョン",
    "license": "ライセンス ライセンス数 ライセンスキー ライセンス形態 プロダクトキー 保有数 license licence licensekey licenses productkey",
    "line_name": """接続名 接続名称 回線名 回線名称 接続先 接続先名 接続先名称 外部接続先 外部接続名 外部接続 回線 接続元 接続元名称
        connectionname linename line remotesite""",
    "line_party": "接続事業者 接続相手 接続相手先 接続先業者 接続先会社 接続先事業者 相手先 相手先名 接続業者 取引先 取引先名 remoteparty partner counterpart",
    "reaches": """院内接続先 接続先機器 接続先機器名 接続先機器番号 接続先サーバ 接続先サーバー 接続先システム 接続先端末 接続先セグメント 接続先lan 院内側 到達先 届く先 つながる先
        reaches internaltarget targetsystem targetnetwork connectsto""",
    "line_number": "接続番号 回線番号 接続no 回線no 接続id 回線id 接続管理番号 connectionno connectionid lineno lineid circuitid",
    "purpose": "目的 接続目的 用件 利用内容 接続用途 接続理由 purpose reason",
    "source_restriction": """接続元制限 接続元ip制限 ip制限 ipアドレス制限 接続元ipアドレス制限 送信元制限 送信元ip制限 アクセス元制限 接続元の制限 アクセス制限 sourcerestriction iprestriction sourceiprestriction allowlist ipallowlist""",
    "second_factor": "二要素認証 二要素 多要素認証 多要素 二段階認証 2要素認証 2段階認証 mfa 2fa twofactor secondfactor multifactor multifactorauthentication",
    "always_on": "常時接続 常時接続有無 接続形態 常時 接続方式 常時都度 alwayson always connectionmode",
    "last_patch": """最終更新日 最終パッチ 最終パッチ適用日 パッチ適用日 ファームウェア更新日 ファームウェア最終更新日 最終ファームウェア更新日 最終アップデート アップデート日 更新日 最終適用日 ファーム更新日 lastpatch lastpatched lastupdated
        patchedon lastpatchdate lastfirmwareupdate lastupdate""",
    "last_contact": """最終接続 最終接続日時 最終接続時刻 最終通信 最終通信日時 最終起動 最終起動日時 最終収集日時 最終確認日時 最終検出日時 最終ログオン日時 収集日時 最終レポート 最後の状態報告 最終状態レポート 最終状態報告 前回の接続日時
        lastseen lastconnected lastconnection laststartup lastcontact lastcheckin laststatusreport lastreportedstatustime lastsynctime lastinventorytime""",
    "av_pattern": """パターンファイル ウイルスパターンファイル ウイルスパターン パターン スマートスキャンエージェントパターンファイル スマートスキャンパターンファイル パターンファイルバージョン パターンバージョン ウイルス定義 ウイルス定義ファイル 定義ファイル 定義ファイルバージョン 定義バージョン 検出エンジン 検出エンジンのバージョン
        検出エンジンバージョン ウイルス定義データベース 定義データベース virusdefinition viruspattern smartscanagentpattern pattern patternversion detectionengine detectionengineversion virussignaturedatabase signatureversion definitionversion antivirussignatureversion""",
    "av_pattern_at": "パターン更新日 パターンファイル更新日 パターン更新日時 定義ファイル更新日 定義更新日 定義ファイル日付 最終更新日時 定義更新日時 モジュール更新日 signaturedate definitiondate patterndate lastpatternupdate signaturelastupdated antivirussignaturelastupdated modulesupdated",
    "av_engine": "ウイルス検索エンジン 検索エンジン エンジンバージョン スキャンエンジン 検索エンジンバージョン virusscanengine scanengine engineversion engine",
    "av_product": "セキュリティ製品 セキュリティ製品名 ウイルス対策ソフト ウイルス対策 ウイルス対策製品 ウイルス対策ソフト名 対策ソフト アンチウイルス アンチウイルス製品 securityproduct antivirus antivirusproduct",
    "av_version": "セキュリティ製品のバージョン セキュリティ製品バージョン エージェントバージョン エージェントのバージョン プログラムのバージョン クライアントバージョン agentversion clientversion securityproductversion productversion programversion",
    "av_status": "接続ステータス 接続状態 保護状態 保護のステータス 保護ステータス 機能状態 セキュリティステータス モジュールの状態 モジュールステータス connectionstatus protectionstatus modulesstatus securitystatus onlinestatus",
    "av_realtime": "リアルタイム検索 リアルタイム保護 リアルタイムスキャン リアルタイム検索の状態 リアルタイムファイルシステム保護 realtimescan realtimeprotection realtimefilesystemprotection",
    "av_scan_at": "最終検索 最終スキャン 最終スキャン日時 最終検索日時 最終手動検索 最終予約検索 前回のスキャン 最終フルスキャン lastscan lastscandate lastfullscan lastscheduledscan lastmanualscan",
    "guid": "guid エージェントguid agentguid uuid",
    "scan_method": "検索方法 スキャン方法 scanmethod",
    "wsus_needed": "必要な更新 必要な更新プログラム数 必要な更新数 必要 未適用 未適用件数 needed neededcount updatesneeded notinstalled notinstalledcount",
    "wsus_failed": "失敗した更新 エラーの更新数 エラーのある更新プログラム数 失敗件数 失敗 failed failedcount updateswitherrors",
    "wsus_percent": "インストール済み該当なしの割合 インストール済みまたは該当なしの割合 インストール済み該当なし installednotapplicablepercentage installednotapplicable",
    "wsus_group": "コンピューターグループ コンピュータグループ requestedtargetgroupname computergroup targetgroup",
    "control": """止めている対策 止めてある対策 停止している対策 停止対策 対策 対策名 対策内容 停止項目 停止している機能 停止機能 無効化している対策 無効化対策 無効化項目
        control controlname disabledcontrol controloff""",
    "ordered_by": "指示者 指示元 指示業者 指示会社 指示した会社 指示した人 依頼元 依頼者 停止指示者 停止指示元 orderedby instructedby requestedby",
    "ordered_kind": "指示区分 指示者区分 指示元区分 指示者種別 orderkind orderedkind",
    "why": "理由 停止理由 指示理由 無効化理由 止めている理由 why",
    "since": "開始日 停止日 停止開始日 停止年月日 いつから 停止した日 since startdate disabledsince",
    "until": "期限 停止期限 終了予定日 解除予定日 再開予定日 見直し期限 見直し日 いつまで until enddate reviewdate expires",
    "instead": """代替策 代替措置 代替対策 代わりの対策 代わりの措置 補完策 補完的対策 代わりに行っていること 代わりにしていること
        compensatingcontrol compensatingcontrols compensating mitigation instead""",
    "confirmed_by": "確認者 確認者名 承認者 確認した人 confirmedby approvedby",
    "confirmed_on": "確認日 承認日 確認年月日 confirmedon approvedon",
    "tool": """cpu メモリ メモリー メモリ容量 ディスク容量 ディスク空き容量 ハードディスク容量 cpu名 実装メモリ 物理メモリ ログオンユーザ名 ログオンユーザー名 ログオンユーザー 最終ログオンユーザー 画面解像度 memory ram disk diskspace cputype processor loggedonuser logonuser""",
    "ignore": "使用者 利用者 管理者 担当者 担当者名 管理者名 使用者名 数量 単価 価格 金額 取得価額 耐用年数 台数 写真 点検日 次回点検日 点検結果 quantity price user username assignedto",
}  # fmt: skip
