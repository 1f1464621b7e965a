"""The words that hospitals' lists use for their columns.

They are data; the code knows no hospital by name. A word names one field only: where one
word means different things in different lists (開始 of a turn, of a post), it stands under one
field and the reader of the list knows what it is there.
"""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "user_id": """職員番号 職員コード 職員id 職員no 職員cd 社員番号 社員コード 利用者id 利用者コード 利用者番号 利用者cd
        ユーザーid ユーザid ユーザーコード ユーザコード ユーザ番号 ユーザー番号 ユーザー名 ユーザ名 ログインid ログイン名 アカウント アカウント名 操作者id 操作者コード
        使用者id 電子カルテid 個人コード 従業員番号 従業員コード スタッフ番号 メンバーid メンバー番号 メンバー職員番号 構成員id 構成員番号 構成員職員番号 研究者id 研究者番号 研究者職員番号 作業者id 作業者コード 作業者番号 業者id 保守者id 保守id 保守員id スタッフid スタッフコード 職員識別番号 userid user usercode login loginid loginname account
        accountname staffid staffno staffcode employeeid employeeno employeenumber employeecode personnelno personnelid workerid memberid researcherid investigatorid vendorid vendoruserid vendoruser staffuserid memberuserid nurseid physicianuserid clinicianuserid empid empno username uid""",
    "name": """氏名 職員名 職員氏名 名前 姓名 漢字氏名 氏名漢字 利用者名 利用者氏名 患者名 患者氏名 患者漢字氏名 name fullname
        staffname patientname employeename displayname""",
    "surname": "姓 氏 苗字 lastname familyname surname",
    "given": "名 firstname givenname",
    "kana": """フリガナ ふりがな カナ カナ氏名 氏名カナ 氏名フリガナ カナ名 患者カナ 患者カナ氏名 患者名カナ 半角カナ よみ 読み よみがな
        kana namekana kananame""",
    "duty": """職種 職種名 職種名称 職種区分 職名 役割 資格 職種コード名 業務 jobtitle job jobtype role title occupation profession duty position""",
    "department": """所属 所属名 所属部署 所属部署名 部署 部署名 部門 部門名 課 所属課 配属先 勤務場所 department dept departmentname deptname section
        division unit""",
    "specialty": """診療科 診療科名 診療科名称 科名 科 受診科 受診科名 担当科 所属科 所属診療科 入院科 入院診療科 specialty clinic""",
    "department_code": "診療科コード 科コード 所属コード 部署コード 部門コード departmentcode deptcode",
    "ward": """病棟 病棟名 病棟名称 所属病棟 入院病棟 勤務病棟 依頼病棟 オーダ病棟 指示病棟 配属病棟 担当病棟 病棟コード ward wardname wardcode wardid nursingunit nursingward""",
    "system": "システム システム名 システム名称 対象システム システム区分 出所 system systemname source application",
    "valid_from": """from 有効開始日 有効期間開始 有効期間開始日 適用開始日 適用日 開始日 発令日 異動日 配属日 配属開始日 所属開始日 在籍開始日 利用開始日 有効期間from 承認日 承認開始日 研究開始日 承認期間開始 承認期間開始日 研究期間開始 承認期間from 適用開始 指定日 在籍開始 有効開始
        validfrom startdate effectivefrom effectivedate approvedfrom approvedon approvaldate approvalfrom approvalstart approvedat since begindate periodstart joined joinedon memberfrom fromdate start""",
    "valid_to": """to 有効終了日 有効期間終了 有効期間終了日 適用終了日 終了日 有効期限 指示終了日 オーダ終了日 オーダー終了日 処方終了日 投与終了日 実施終了日 指示期限 配属終了日 所属終了日 在籍終了日 在職終了日 利用終了日 利用停止日 失効日 有効期間to 承認終了日 研究終了日 承認期限 承認期間終了 承認期間終了日 研究期間終了 承認期間to 適用終了 解除日 在籍終了 有効終了
        validto validuntil enddate effectiveto expirydate todate approvedto approveduntil approvalto approvalend approvalexpiry expires expireson expiresat until thru through periodend leftteam memberto end""",
    "hired_on": "採用日 入職日 入社日 採用年月日 入職年月日 雇用開始日 着任日 入職 hiredate hired joindate dateofhire",
    "left_on": """退職日 退職年月日 離職日 退社日 退職 雇用終了日 退職予定日 退任日 leavedate leftdate terminationdate resigndate
        dateofleaving retiredate""",
    "concurrent": "兼務 兼務区分 兼務有無 本務兼務 本務兼務区分 主兼 主務兼務 兼任 concurrent concurrentpost secondary",
    "concurrent_department": "兼務先 兼務所属 兼務部署 兼務科 兼務診療科 兼務病棟",
    "employment": "雇用形態 雇用区分 勤務形態 常勤非常勤 常勤区分 職員区分 身分 雇用 契約区分 employment employmenttype contract",
    "kind": "id種別 id区分 利用者区分 利用者種別 ユーザー種別 ユーザ種別 アカウント種別 アカウント区分 kind accounttype usertype userkind",
    "note": "備考 備考欄 摘要 コメント メモ 注記 特記事項 note notes remarks comment",
    "own_patient_id": """患者番号本人 本人患者番号 本人の患者番号 職員患者番号 患者id本人 本人患者id 診察券番号本人 本人診察券番号 自身の患者番号 本人カルテ番号
        ownpatientid ownpatientnumber selfpatientid ownmrn""",
    "patient_id": """患者番号 患者id 患者コード 患者no 患者cd カルテ番号 カルテno カルテid 診察券番号 診察券no 登録番号 id番号 患者識別番号 患者登録番号 被験者番号 対象患者番号 対象患者id 患者番号対象
        patientid patientno patientnumber patientcode patient mrn chartno chartnumber medicalrecordnumber medicalrecordno patientmrn patientidentifier ptid ptno subjectid chartid recordnumber""",
    "address": "住所 現住所 自宅住所 患者住所 住所1 所在地 address homeaddress streetaddress address1",
    "address2": "住所2 住所続き 番地 建物名 方書 address2",
    "phone": "電話 電話番号 自宅電話 自宅電話番号 連絡先 連絡先電話番号 携帯 携帯電話 携帯電話番号 tel phone phonenumber telephone mobile",
    "born": "生年月日 誕生日 出生日 birthdate birthday dateofbirth dob born",
    "visit_at": """受付日時 来院日時 受診日時 診療日時 来院日 受付日 受診日 診療日 診察日 診察日時 外来日 受付年月日 来院年月日 受診年月日
        診療年月日 到着日時 到着日 visitdate visitdatetime visitat visitedat visitday visitdt visitstart encounterdate encounterdatetime encounterat
        consultationdate attendedat checkedinat checkin checkinat seenat receptiondate receptionat receiveddate registeredat arrivaldate arrivedat""",
    "visit_time": "受付時刻 受付時間 来院時刻 来院時間 受診時刻 診察時刻 到着時刻 時刻 時間 time visittime receptiontime arrivaltime",
    "cancelled": "状態 来院状況 受付状態 受付状況 予約状態 予約状況 予約ステータス オーダ状態 オーダーステータス オーダステータス オーダ状況 実施状態 実施状況 実施区分 ステータス state status orderstatus appointmentstatus apptstatus bookingstatus visitstatus reservationstatus",
    "cancel_flag": """取消 取消区分 取消フラグ 取消日 取消日時 キャンセル キャンセル区分 キャンセルフラグ キャンセル日 中止 中止区分 中止フラグ 中止日 削除 削除フラグ 削除区分
        cancelled canceled iscancelled iscanceled cancelledat canceledat cancelledon cancelflag cancellation deleted isdeleted deletedat""",
    "doctor": "担当医 担当医師 担当医名 担当医師名 主治医 主治医名 主治医氏名 医師名 医師 診察医 受持医 担当医氏名 予約医師 予約医 予約医名 予約医師名 予約担当医 受診医 doctor physician attending attendingdoctor doctorname physicianname practitioner practitionername attendingphysician clinician clinicianname consultant provider providername",
    "doctor_id": """担当医コード 担当医id 担当医師コード 担当医番号 担当医職員番号 主治医コード 主治医id 主治医番号 主治医職員番号 医師コード 医師id 医師番号
        予約医師コード 予約医コード 予約医id 予約医師id 診察医コード 診察医id doctorid doctorcode doctorno doctoruserid doctorstaffid practitionerid clinicianid attendingphysicianid consultantid providerid physicianid attendingid attendingdoctorid""",
    "admitted": """入院日 入院日時 入院年月日 入院 入棟日 入棟日時 転入日 転棟日 病棟開始日 admissiondate admitdate admitted admittedat admissiondatetime
        admitdatetime admittedon admissionat admission dateofadmission""",
    "discharged": """退院日 退院日時 退院年月日 退院 退棟日 退棟日時 転出日 病棟終了日 dischargedate discharged dischargedat dischargedatetime dischargedon dischargeat dateofdischarge discharge""",
    "log": """アクセス日時 操作日時 ログ日時 参照日時 処理日時 イベント日時 操作内容 処理内容 機能名 画面名 操作種別 操作結果 accesstime accessedat accessdatetime accessdate timestamp eventtime loggedat eventtype action operationtype""",
    "ignore": """最終来院日 最終受診日 初診日 初診年月日 登録日 更新日 更新日時 作成日 年齢 性別 郵便番号 保険 病室 病床 ベッド 室番号 no 番号 項番 連番 通番 行番号
        受付番号 受付者 予約有無 初再診 初診再診 初再診区分 入外区分 入外 保険種別 転帰 転帰区分 メールアドレス 役職 件数""",
    "deceased_on": """死亡日 死亡年月日 死亡日時 死亡退院日 逝去日 死亡確認日 死亡診断日 deceased deceasedon deceasedat deceaseddate deceaseddatetime deathdate
        deathdatetime dateofdeath diedon diedat died dod death""",
    "day": "日付 日時 年月日 勤務日 勤務年月日 当直日 当番日 シフト日 勤務日付 date day datetime dateandtime shiftdate workdate workday dutydate rosterdate oncalldate rosterday ondate",
    "type": "種別 区分 種類 分類 type category",
    "order_no": """オーダ番号 オーダー番号 オーダno オーダーno オーダid オーダーid オーダキー オーダーキー オーダコード 指示番号 依頼番号 依頼no 伝票番号 処方番号
        処方箋番号 検査番号 検査オーダ番号 手術番号 手術申込番号 orderno ordernumber orderid orderkey ordernum orderref requestno requestid
        requestnumber placerordernumber placerorderno placerorderid fillerordernumber accessionno accessionnumber prescriptionno
        prescriptionid rxno""",
    "ordered_at": """オーダ日 オーダー日 オーダ日時 オーダー日時 オーダ発行日 オーダ発行日時 オーダー発行日 オーダー発行日時 オーダ登録日 オーダ登録日時 オーダ入力日 オーダ入力日時
        オーダ年月日 指示日 指示日時 指示年月日 依頼日 依頼日時 依頼年月日 発行日 発行日時 処方日 処方日時 処方年月日 申込日 手術申込日 orderedat orderedon
        orderdate orderdatetime ordertime orderat orderday ordertimestamp ordered dateordered requestedat requestdate requestedon
        requestdatetime authoredon authoredat prescribedat prescribedon prescriptiondate issuedat issuedon placedat orderplacedat
        ordercreatedat orderentrydate orderstart orderstartdate""",
    "made_at": "createdat createdon creationdate createddate createdtime creationdatetime enteredat enteredon entrydate entrydatetime 入力日 入力日時 作成日時 登録日時",
    "order_time": "オーダ時刻 オーダ時間 オーダー時刻 オーダー時間 オーダ発行時刻 依頼時刻 指示時刻 発行時刻 処方時刻 orderclock orderedtime",
    "performed_at": """実施日 実施日時 実施年月日 実施予定日 実施予定日時 検査日 検査日時 検査年月日 検査予定日 検査予定日時 検査実施日 撮影日 撮影日時 撮影予定日
        手術日 手術日時 手術予定日 手術予定日時 施行日 施行日時 採血日 採取日 採取日時 投与日 投与開始日 投与予定日 透析日 リハビリ実施日 処置日 performedat
        performedon performeddate performdate performdatetime performedtime examdate examdatetime examat examinationdate examinedat
        examday executiondate executedat executedon executiondatetime surgerydate surgeryat operationdate testdate testedat
        proceduredate proceduredatetime donedate doneat doneon servicedate collectiondate collectedat studydate imagingdate
        plannedat planneddate plannedon duedate dueat fulfilledat completedat completedon resultdate administeredat""",
    "scheduled_at": "scheduledat scheduleddate scheduledon scheduleddatetime scheduledtime scheduledfor scheduledstart scheduleddatetimestart 予定日 予定日時",
    "order_what": """オーダ種別 オーダー種別 オーダ区分 オーダー区分 オーダ種 オーダー種 オーダ種類 オーダー種類 オーダ分類 オーダ名 オーダー名 オーダ名称 オーダー名称 オーダ内容
        オーダー内容 オーダ項目 オーダー項目 オーダ オーダー 検査種別 検査種 検査区分 検査分類 検査名 検査名称 検査項目 検査項目名 検査内容 項目 項目名 項目名称 依頼内容
        依頼種別 依頼区分 依頼項目 指示内容 指示種別 指示区分 モダリティ 撮影種別 行為 行為名 行為名称 手術名 術式 薬剤名 薬品名 処方区分 処方種別 伝票種別 伝票名 伝票区分
        what ordertype orderkind ordercategory orderclass orderwhat ordername ordertext orderdescription orderitem order modality exam
        examtype examname examkind examination procedure procedurename proceduretype testname testtype test service servicetype
        requesttype orderedservice item itemname""",
    "order_doctor": """依頼医 依頼医師 依頼医師名 依頼医名 依頼医氏名 依頼医師氏名 オーダ医 オーダ医師 オーダー医 オーダー医師 オーダ医師名 オーダー医師名 オーダ発行医 オーダ発行医師
        指示医 指示医師 指示医名 指示医師名 処方医 処方医師 処方医名 処方医師名 発行医 発行医師 発行者 指示者 指示者名 依頼者 依頼者名 依頼者氏名 オーダ者 orderingdoctor
        orderingphysician orderingprovider orderingclinician orderingpractitioner orderedby ordereddoctor orderdoctor orderphysician
        orderer requester requestingdoctor requestingphysician requestedby prescriber prescribedby orderingdoctorname
        orderingphysicianname""",
    "order_doctor_id": """依頼医コード 依頼医id 依頼医番号 依頼医師id 依頼医師コード 依頼医師番号 依頼医職員番号 依頼医師職員番号 オーダ医id オーダ医コード オーダ医師id
        オーダ医師コード オーダー医id オーダー医師id オーダー医師コード 指示医id 指示医コード 指示医師id 指示医師コード 指示医職員番号 指示医師職員番号 処方医id 処方医コード
        処方医師id 処方医師コード 処方医職員番号 発行者id 指示者id 指示者コード 依頼者id 依頼者コード 依頼者番号 依頼者職員番号 orderingdoctorid orderingphysicianid
        orderingproviderid orderingclinicianid orderingpractitionerid orderedbyid orderdoctorid orderphysicianid ordererid requesterid
        prescriberid requestingdoctorid requestingphysicianid requestedbyid orderinguserid orderingstaffid ordereruserid
        orderingdoctorcode""",
    "entered_by": """入力者 入力者id 入力者コード 入力者番号 入力者職員番号 オーダ入力者 オーダ入力者id オーダー入力者 代行入力者 代行入力者id 代行者 代行者id 登録者 登録者id
        登録者コード enteredby enteredbyid entererid enterer enteredbyuser enteredbyuserid inputby inputuser inputuserid createdby
        createdbyid""",
    "executor": """実施者 実施者名 実施者氏名 実施医 実施医師 実施医師名 実施技師 実施看護師 検査者 検査担当者 検査技師 担当技師 担当技師名 撮影技師 撮影者 担当療法士 療法士 執刀医
        執刀医名 執刀者 術者 術者名 調剤者 担当薬剤師 担当者 担当者名 担当者氏名 担当栄養士 対応者 executor executedby performer performedby performername
        performingperson performingstaff technician technologist radiographer surgeon therapist pharmacist examiner doneby
        fulfilledby administeredby assignedto""",
    "executor_id": """実施者id 実施者コード 実施者番号 実施者職員番号 実施医id 実施医コード 実施技師id 検査者id 担当技師id 担当技師コード 執刀医id 執刀医コード 執刀医職員番号
        術者id 術者コード 担当者id 担当者コード 担当者番号 担当者職員番号 療法士id executorid executedbyid performerid performedbyid performinguserid
        performingstaffid technicianid surgeonid therapistid examinerid executorcode performercode""",
    "executed_in": """実施部署 実施部署名 実施部門 実施部門名 実施場所 実施科 実施診療科 実施室 検査部門 検査室 検査室名 検査場所 撮影室 手術室 依頼先 依頼先科 依頼先診療科 依頼先部門
        依頼先部署 紹介先科 紹介先診療科 コンサルト先 コンサルト先科 コンサルト先診療科 対診科 対診先 対診先診療科 executedin executingdepartment executingdept
        executingunit performingdepartment performingdept performinglocation performingunit performedin performeddepartment
        targetdepartment targetdept consultedto consultto consultdepartment consultdept consulteddepartment consulteddept
        referredto referto todepartment todept destination""",
    "order_department": """依頼科 依頼科名 依頼診療科 依頼診療科名 依頼元 依頼元科 依頼元診療科 依頼元部署 依頼部署 オーダ科 オーダ診療科 オーダー科 オーダー診療科 指示科 指示診療科 発行科
        発行診療科 処方科 処方診療科 orderingdepartment orderingdept orderdepartment orderdept requestingdepartment requestingdept
        fromdepartment fromdept orderingunit""",
    "appointment_at": """診察予約日 診察予約日時 再診予約日 appointmentdate appointmentdatetime appointmentat appointmentday
        appointmenton appointmentstart appointmentdt appointment appt apptdate apptdatetime apptat apptday apptstart bookingdate
        bookingdatetime bookingat bookeddate bookedfor reservationdate reservationdatetime reservationat reserveddate reservedat
        reservedfor slotdate slotdatetime slotstart slotat""",
    "booked_day": "予約日時 予約日 予約年月日 予約日付 予約開始日時",
    "appointment_time": "予約時刻 予約時間 予約開始時刻 予約開始時間 appointmenttime appttime bookingtime slottime reservationtime",
    "appointment_no": "予約番号 予約no 予約id 予約キー 予約コード 予約連番 appointmentno appointmentid appointmentnumber apptid apptno bookingid bookingno bookingnumber reservationid reservationno",
    "appointment_mark": """slot 予約枠 予約枠名 予約枠名称 予約枠コード 予約項目 予約項目名 予約種別 予約種 予約名 予約名称 予約区分 予約内容 予約者 予約登録者 予約取得者 予約コメント 予約分類
        slotname slottype appointmenttype appttype appointmentreason bookingtype bookedby appointmentkind""",
    "booked_on": """予約登録日 予約登録日時 予約取得日 予約取得日時 予約受付日 予約受付日時 予約入力日 予約入力日時 予約作成日 予約作成日時 予約申込日 予約した日 bookedon bookedat
        dateofbooking bookingmadeat bookingcreatedat appointmentcreatedat appointmentcreatedon appointmentcreated
        appointmentbookedat reservationcreatedat""",
    "shift": """勤務 勤務区分 勤務種別 勤務種 勤務記号 勤務名 勤務名称 勤務コード 勤務内容 勤務帯 勤務シフト 勤務パターン シフト シフト名 シフト名称 シフト記号 シフト区分 シフト種別
        シフトコード shift shifttype shiftcode shiftname shiftkind shiftid workshift shiftletter shiftpattern rostershift""",
    "start_time": """開始 開始時刻 開始時間 開始日時 始業 始業時刻 始業時間 出勤時刻 出勤時間 出勤 出勤日時 勤務開始 勤務開始時刻 勤務開始時間 勤務開始日時 当直開始 starttime
        startdatetime shiftstart shiftstarttime shiftstartat shiftbegin begin begins begintime starts startat startsat clockin
        dutystart oncallstart oncallfrom""",
    "end_time": """終了 終了時刻 終了時間 終了日時 終業 終業時刻 終業時間 退勤時刻 退勤時間 退勤 退勤日時 勤務終了 勤務終了時刻 勤務終了時間 勤務終了日時 当直終了 endtime
        enddatetime shiftend shiftendtime shiftendat ends endat endsat finish finishes finishtime clockout dutyend oncallend
        oncallto oncalluntil""",
    "on_call": "当直 宿直 日直 日当直 オンコール 待機 拘束 当番 当直区分 当直種別 当直当番 待機区分 oncall isoncall oncallduty oncalltype oncallflag standby dutykind dutytype",
    "on_call_person": """当直者 当直者名 当直者氏名 当直医 当直医師 当直医名 当直医師名 当直医氏名 宿直医 宿直者 日直医 日直者 待機医 待機者 待機医師 オンコール医 オンコール医師
        オンコール担当 オンコール担当者 オンコール者 当番医 当番者 拘束医 oncalldoctor oncallphysician oncallstaff oncallperson oncallname ondutydoctor""",
    "on_call_id": """当直者id 当直者コード 当直者番号 当直者職員番号 当直医id 当直医コード 当直医番号 当直医職員番号 当直医師コード 当直医師id 当直医師職員番号 待機者id 待機者職員番号
        待機医id オンコール者id オンコール医id オンコール職員番号 oncallid oncalldoctorid oncallstaffid oncalluserid oncallpersonid oncallphysicianid""",
    "support": "応援先 応援先病棟 応援先部署 応援病棟 応援先名 リリーフ先 supportto supportward supportplace floatto floatward floatunit floatedto",
    "actual": "予定実績 予実 予実区分 実績 実績区分 実績予定 計画実績 planactual actual isactual planoractual plannedoractual rostertype",
    "place": "場所 配置 配置場所 配置部署 配置病棟 設置場所 設置部署 設置病棟 設置部門 勤務先 勤務地 ロケーション 部屋 設置室 location place site room placename locationname unitname",
    "team": "チーム チーム名 チーム名称 医療チーム ケアチーム 診療チーム チームコード チームid team teamname teamid teamcode careteam careteamname careteamid",
    "member": "メンバー メンバー名 メンバー氏名 構成員 構成員名 構成員氏名 委員 委員名 チーム員 member membername",
    "round_at": "回診日 回診日時 ラウンド日 ラウンド日時 介入日 介入開始日 訪問日 依頼受理日 rounddate roundat roundday roundedon roundedat roundson interventiondate interventionstart followedfrom",
    "round_end": "介入終了日 回診終了日 ラウンド終了日 終了予定日 interventionend followeduntil roundend",
    "study": """研究番号 研究名 研究課題 研究課題名 研究課題番号 研究課題名称 研究コード 研究id 課題番号 課題名 試験名 試験番号 治験番号 治験名 治験課題名 承認番号 倫理審査番号 倫理委員会承認番号
        プロトコル番号 study studyid studyno studynumber studyname studycode studytitle protocol protocolid protocolno irb irbno irbid
        irbnumber researchid research researchno researchname researchtitle researchcode trial trialid trialname project
        projectid projectname approvalno approvalnumber""",
    "researcher": "研究者 研究者名 研究者氏名 研究責任者 研究責任者名 研究分担者 研究分担者名 研究担当者 researcher researchername investigator investigatorname principalinvestigator principalinvestigatorname pi",
    "work_no": """作業番号 作業計画番号 計画番号 保守番号 保守計画番号 作業id 作業申請番号 申請番号 作業依頼番号 plan planid planno plannumber workorder workorderno workorderid
        ticket ticketno ticketid changeid changeno changeticket maintenanceid maintenanceno maintenanceplan maintenanceplanid workid""",
    "work": """作業内容 作業名 作業件名 作業区分 作業目的 作業概要 保守内容 保守作業 保守区分 保守種別 保守作業内容 点検内容 件名 work worktype workdescription workcontent task
        maintenance maintenancetype maintenancework purpose""",
    "work_start": """作業日 作業予定日 作業日時 作業予定日時 作業予定開始 作業予定開始日 作業予定開始日時 作業開始 作業開始日 作業開始日時 作業開始時刻 作業開始予定 保守日 保守予定日 保守開始 保守開始日 保守開始日時 実施予定開始日時
        maintenancestart maintenancestartat maintenancefrom maintenancedate workstart workstartat windowstart windowfrom workbegin
        plannedstart""",
    "work_end": """作業終了 作業予定終了 作業予定終了日 作業予定終了日時 作業終了日 作業終了日時 作業終了時刻 作業終了予定 保守終了 保守終了日 保守終了日時 実施予定終了日時 maintenanceend maintenanceendat maintenanceto workend
        workendat windowend windowto workfinish plannedend""",
    "worker": "作業者 作業者名 作業員 作業担当者 作業業者 保守担当者 保守業者 保守会社 業者 業者名 委託業者 ベンダー ベンダ ベンダー名 メーカー vendor vendorname worker workername engineer engineername",
    "vip": """vip vip区分 vipフラグ vip種別 vip患者 要人 要人区分 著名人 要配慮 要配慮区分 要配慮患者 注意患者 特別管理 特別管理患者 特別管理区分 閲覧制限 閲覧制限区分 閲覧注意 秘匿 秘匿区分
        isvip vipflag viplevel vipstatus viptype vipsince vipreason protected restricted sensitive confidential confidentiality celebrity""",
    "terminal": """端末 端末名 端末名称 端末id 端末番号 端末コード 端末no 端末管理番号 コンピュータ名 コンピューター名 ホスト名 pc名 pc番号 機器名 端末ホスト名 terminal terminalid
        terminalname terminalno terminalcode workstation workstationid workstationname hostname host computername computer pcname pc
        pcid device deviceid devicename machine machinename""",
    "ip": "ipアドレス ip ipaddress ipaddr ipv4 ipv4address 端末ip 端末ipアドレス",
}
"""Field → the words that name its column, in the form `squeeze` gives."""
