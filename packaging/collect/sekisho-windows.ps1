# 関所（Sekisho）：この機械に何が入っているかを一つのファイルに書きます。読むだけで、何も変えません。
# What is on this machine, written to one file. It only reads; it changes and sends nothing.
#
#   powershell -ExecutionPolicy Bypass -File sekisho-windows.ps1 > %COMPUTERNAME%.json
#
# 書くもの / what is written: 名前、ドメイン、メーカー・型式・製造番号、OS、IP・MAC アドレス、
#   ウイルス対策ソフトとファイアウォールの状態、入っている更新とプログラムの名前と版。
# 書かないもの / never written: 利用者、ファイルの中身、設定、履歴、パスワード。
# 使用中の医療機器では動かさないでください。先に、触れてよいかを確かめてください。
# Never on a medical device in use; ask first whether the machine may be touched.
# Windows PowerShell 3.0 以上。管理者でなくても動きます（読めないものは空になります）。
$ErrorActionPreference = 'SilentlyContinue'
$ProgressPreference = 'SilentlyContinue'

$system = Get-CimInstance Win32_ComputerSystem
$os     = Get-CimInstance Win32_OperatingSystem
$bios   = Get-CimInstance Win32_BIOS

$cards = @(Get-CimInstance Win32_NetworkAdapterConfiguration -Filter 'IPEnabled=TRUE' |
    Select-Object MACAddress, IPAddress)

# この鍵は読むだけです。Win32_Product は使いません（読むと修復が始まることがあるため）。
# The registry is only read. Win32_Product is not used: asking it may start repairs.
$programs = @(Get-ItemProperty `
    'HKLM:\Software\Microsoft\Windows\CurrentVersion\Uninstall\*', `
    'HKLM:\Software\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall\*' |
    Where-Object { $_.DisplayName } |
    Select-Object DisplayName, DisplayVersion, Publisher |
    Sort-Object DisplayName, DisplayVersion -Unique)

$hotfixes = @(Get-HotFix | Select-Object HotFixID, Description,
    @{ n = 'InstalledOn'; e = { if ($_.InstalledOn) { $_.InstalledOn.ToString('yyyy-MM-dd') } } })

$defender = Get-MpComputerStatus | Select-Object AMServiceEnabled, AMRunningMode, AMProductVersion,
    AMEngineVersion, RealTimeProtectionEnabled, AntivirusSignatureVersion, AntivirusSignatureAge,
    FullScanAge, QuickScanAge,
    @{ n = 'AntivirusSignatureLastUpdated'; e = { if ($_.AntivirusSignatureLastUpdated) { $_.AntivirusSignatureLastUpdated.ToUniversalTime().ToString('o') } } },
    @{ n = 'FullScanEndTime'; e = { if ($_.FullScanEndTime) { $_.FullScanEndTime.ToUniversalTime().ToString('o') } } },
    @{ n = 'QuickScanEndTime'; e = { if ($_.QuickScanEndTime) { $_.QuickScanEndTime.ToUniversalTime().ToString('o') } } }

# サーバーの Windows には SecurityCenter2 がありません（空になります）。
$antivirus = @(Get-CimInstance -Namespace root/SecurityCenter2 -ClassName AntiVirusProduct |
    Select-Object displayName, productState, timestamp)

$firewall = @(Get-NetFirewallProfile | Select-Object Name, @{ n = 'Enabled'; e = { "$($_.Enabled)" } })

[ordered]@{
    sekisho      = 'windows 1'
    collected_at = (Get-Date).ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ss+00:00')
    computer     = [ordered]@{
        Name         = $env:COMPUTERNAME
        Domain       = $system.Domain
        Manufacturer = $system.Manufacturer
        Model        = $system.Model
        SerialNumber = $bios.SerialNumber
        OS           = $os.Caption
        OSBuild      = $os.Version
    }
    addresses    = $cards
    antivirus    = $antivirus
    defender     = $defender
    firewall     = $firewall
    hotfixes     = $hotfixes
    programs     = $programs
} | ConvertTo-Json -Depth 5
