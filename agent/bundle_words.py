"""What a refusal of a bundle means and what to do about it, for the person with the stick."""

from typing import Final

from agent.bundle import Code
from agent.errors import Both

REFUSALS: Final[dict[Code, Both]] = {
    Code.NOT_A_FILE: Both(
        vi="Không phải là tệp thường. Hãy chép lại gói cấu hình vào USB.",
        en="It is no plain file. Copy the bundle to the stick again.",
    ),
    Code.UNREADABLE: Both(
        vi="Không đọc được USB. Hãy chép lại hoặc dùng USB khác.",
        en="The stick cannot be read. Copy it again, or use another stick.",
    ),
    Code.NOT_A_BUNDLE: Both(
        vi="Tệp này không phải là gói cấu hình.",
        en="This file is no config bundle.",
    ),
    Code.UNSIGNED: Both(
        vi="Gói chưa được ký. Tại văn phòng: sandwatch bundle sign.",
        en="Nobody has signed it. At the desk: sandwatch bundle sign.",
    ),
    Code.UNKNOWN_KEY: Both(
        vi="Gói do khóa lạ ký. Hãy dùng khóa của đơn vị quản lý hộp này.",
        en="It was signed by a key that this box does not know. Sign it with the key of those who run this box.",
    ),
    Code.BAD_SIGNATURE: Both(
        vi="Chữ ký không đúng: gói đã bị sửa hoặc hỏng. Hãy chép lại từ máy tính.",
        en="The signature does not hold: the bundle was changed or damaged. Copy it again from the laptop.",
    ),
    Code.BAD_MANIFEST: Both(
        vi="Bảng kê của gói có lỗi. Hãy tạo lại bằng sandwatch bundle make.",
        en="Its manifest is wrong. Make it again with sandwatch bundle make.",
    ),
    Code.TOO_LARGE: Both(
        vi="Gói hoặc một tệp trong gói quá lớn.",
        en="The bundle or one of its files is too large.",
    ),
    Code.TRUNCATED: Both(
        vi="Gói thiếu phần cuối. Hãy chép lại, và tháo USB an toàn khỏi máy tính.",
        en="Its end is missing. Copy it again, and eject the stick from the laptop before you pull it.",
    ),
    Code.TRAILING: Both(
        vi="Có dữ liệu thừa ở cuối gói. Hãy chép lại từ máy tính.",
        en="Something stands behind its end. Copy it again from the laptop.",
    ),
    Code.BAD_DIGEST: Both(
        vi="Một tệp trong gói không đúng như đã ký. Hãy chép lại từ máy tính.",
        en="A file in it is not what was signed. Copy it again from the laptop.",
    ),
    Code.WRONG_SIGNER: Both(
        vi="Sai loại khóa: khóa dự phòng chỉ ký gói khóa, khóa chính ký các gói khác.",
        en="The wrong one of the two keys: the recovery key signs keys only, the active key all the rest.",
    ),
    Code.WRONG_DEVICE: Both(
        vi="Gói này dành cho hộp khác.",
        en="It is for another box.",
    ),
    Code.OLD_SEQUENCE: Both(
        vi="Gói cũ hơn cấu hình hộp đã có. Hãy dùng gói mới nhất.",
        en="It is older than what the box has had. Use the newest bundle.",
    ),
    Code.USED_SEQUENCE: Both(
        vi="Số thứ tự đã dùng cho gói khác. Hãy tạo lại với số cao hơn.",
        en="Its sequence was used for another bundle. Make it again with a higher one.",
    ),
    Code.EXPIRED: Both(
        vi="Gói đã quá hạn dùng. Hãy tạo gói mới.",
        en="Its last day is over. Make a new one.",
    ),
    Code.ON_TRIAL: Both(
        vi="Hộp đang thử một cấu hình khác. Hãy chờ đèn báo kết quả rồi cắm lại.",
        en="Another config is on trial. Wait until the lamp says what came of it, then insert the stick again.",
    ),
    Code.NO_ROOM: Both(
        vi="Hộp không đủ chỗ trống.",
        en="The box has not enough room.",
    ),
    Code.BAD_SETTINGS: Both(
        vi="Cấu hình trong gói có lỗi. Sửa theo các dòng dưới đây rồi tạo lại gói.",
        en="The settings in it have mistakes. Put right what follows, and make the bundle again.",
    ),
    Code.BAD_RELEASE: Both(
        vi="Bản phần mềm trong gói không chạy được trên hộp này. Phần mềm cũ vẫn giữ nguyên.",
        en="The software in it does not run on this box. The software of before stays.",
    ),
}
