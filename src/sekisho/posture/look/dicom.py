"""Whether an archive answers to its name: DICOM C-ECHO (PS3.7 9.1.5), and nothing else is asked."""

from __future__ import annotations

from sekisho.errors import Value
from sekisho.posture.look.records import Dicom, Said

PATIENCE = 5.0
SUCCESS = 0x0000


def echo(address: str, dicom: Dicom) -> tuple[bool, Said]:
    """Return whether it answered, and the sentence that says what it called itself.

    Args:
        address: IP address.
        dicom: Port, the archive's AE title and ours.
    """
    from pynetdicom import AE, evt  # noqa: PLC0415 (slow to import)
    from pynetdicom.pdu import A_ASSOCIATE_RJ  # noqa: PLC0415
    from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]  # noqa: PLC0415

    entity = AE(ae_title=dicom.calling)
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = PATIENCE
    entity.connection_timeout = PATIENCE
    entity.add_requested_context(Verification)
    told: dict[str, Value] = {"port": dicom.port, "called": dicom.called, "calling": dicom.calling}
    # The answer itself is kept: when an archive hangs up right after it refused, pynetdicom may find
    # the connection gone before it looks at the answer, and is_rejected stays False.
    answers: list[object] = []
    association = entity.associate(
        address,
        dicom.port,
        ae_title=dicom.called,
        evt_handlers=[(evt.EVT_PDU_RECV, lambda event: answers.append(event.pdu))],
    )
    if not association.is_established:
        refused = any(isinstance(one, A_ASSOCIATE_RJ) for one in answers)
        return False, (f"posture.look.dicom.{'refused' if refused else 'silent'}", told)
    try:
        status = association.send_c_echo()
        version = association.acceptor.implementation_version_name or "—"
    finally:
        association.release()
    if status and status.Status == SUCCESS:
        return True, ("posture.look.dicom.answers", {**told, "version": str(version)})
    return False, ("posture.look.dicom.no_echo", told)
