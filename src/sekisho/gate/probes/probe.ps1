# Sekisho: can the systems behind the gate be reached past it?
# Run it on a PC of a ward:  powershell -ExecutionPolicy Bypass -File probe.ps1 [NAME-OF-THIS-PC]
# It sends no password and only GET, keeps no content, and writes sekisho-probe.json here.
param([string]$Machine = [Environment]::MachineName)
Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'
[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]'Tls, Tls11, Tls12'
[Net.ServicePointManager]::Expect100Continue = $false
Add-Type -TypeDefinition @'
using System.Net;
using System.Security.Cryptography.X509Certificates;
public class SekishoAnyCertificate : ICertificatePolicy {
    public bool CheckValidationResult(ServicePoint point, X509Certificate shown, WebRequest request, int problem) {
        return true;
    }
}
'@
[Net.ServicePointManager]::CertificatePolicy = New-Object SekishoAnyCertificate

# Whether a TCP connection comes about: yes, no, or unresolved.
function Get-Reached([Uri]$Uri) {
    try { $places = [Net.Dns]::GetHostAddresses($Uri.DnsSafeHost) } catch { return 'unresolved' }
    foreach ($place in $places) {
        $client = New-Object Net.Sockets.TcpClient($place.AddressFamily)
        try {
            $asked = $client.BeginConnect($place, $Uri.Port, $null, $null)
            if ($asked.AsyncWaitHandle.WaitOne(5000) -and $client.Connected) { return 'yes' }
        } catch { } finally { $client.Close() }
    }
    return 'no'
}

# What became of one GET.
function Invoke-Try([string]$Address, [string]$Path) {
    $uri = [Uri]($Address + $Path)
    $found = @{ path = $Path; reached = (Get-Reached $uri); status = 0; login = $false }
    if ($found.reached -ne 'yes') { return $found }
    $response = $null
    try {
        $request = [Net.WebRequest]::Create($uri)
        $request.Method = 'GET'
        $request.Accept = '@ACCEPT@'
        $request.AllowAutoRedirect = $false
        $request.UseDefaultCredentials = $false
        $request.Proxy = $null
        $request.KeepAlive = $false
        $request.Timeout = 10000
        $response = $request.GetResponse()
    } catch {
        $failed = $_.Exception
        while (($failed -ne $null) -and -not ($failed -is [Net.WebException])) { $failed = $failed.InnerException }
        if ($failed -ne $null) { $response = $failed.Response }
    }
    if ($response -ne $null) {
        $found.status = [int]$response.StatusCode
        $location = $response.Headers['Location']
        if ($location) {
            $way = (New-Object Uri($uri, $location)).AbsoluteUri.Split('?')[0].ToLowerInvariant()
            foreach ($word in @(@LOGIN@)) { if ($way.Contains($word)) { $found.login = $true } }
        }
        $response.Close()
    }
    return $found
}

# All of one system: first the gate, then the system itself.
function Invoke-System([string]$System, [string]$Address, [string]$Gate, [string[]]$Paths) {
    $tried = @()
    foreach ($path in $Paths) { $tried += Invoke-Try $Address $path }
    return @{ system = $System; address = $Address; gate = (Invoke-Try $Gate '/'); tried = $tried }
}

$systems = @()
# SYSTEMS
$result = @{
    format = 'sekisho-probe'
    version = 1
    made_at = [DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ', [Globalization.CultureInfo]::InvariantCulture)
    machine = ($Machine -replace '[\x00-\x1f\x7f"\\]', '')
    systems = $systems
}
$file = Join-Path (Get-Location).ProviderPath 'sekisho-probe.json'
[IO.File]::WriteAllText($file, (ConvertTo-Json -InputObject $result -Depth 5 -Compress))
Write-Output 'sekisho-probe.json'
