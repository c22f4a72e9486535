"""Every reason and finding in words, Vietnamese and English.

Records carry codes and values; the words are made here, for the terminal and for the station alike, so
that a file opened in ten years can still be read. A code without both languages fails the tests.
"""

from collections.abc import Mapping
from typing import Literal

from agent.types import ActivityKind, FindingKind, Happening, Health, Reason, Verdict

Language = Literal["vi", "en"]

REASONS: Mapping[str, tuple[str, str]] = {
    # code: (Vietnamese, English); {names} are the reason's values
    "sog_high": (
        "tốc độ so với đáy {sog_kn} hải lý/giờ, trên ngưỡng {limit_kn}",
        "speed over ground {sog_kn} kn, above {limit_kn} kn",
    ),
    "still_for": (
        "nằm trong vòng {radius_m} m suốt {minutes} phút",
        "within {radius_m} m for {minutes} minutes",
    ),
    "still_not_long": (
        "mới đứng yên {seconds} giây, cần {needed} giây",
        "still for {seconds} s only, {needed} s needed",
    ),
    "no_position": ("không có vị trí", "no position"),
    "position_only": (
        "hoạt động suy ra chỉ từ vị trí",
        "activity inferred from position alone",
    ),
    "no_detector": ("chưa nạp bộ nhận dạng", "no detector loaded"),
    "uncalibrated": (
        "thiết bị chưa hiệu chuẩn tại chỗ: manh mối cần kiểm tra",
        "uncalibrated: a lead to check",
    ),
    "site_check_failed": (
        "chưa hiệu chuẩn: khi kiểm tra tại chỗ người đếm {tallied} gàu, thiết bị đếm {counted}: manh mối cần kiểm tra",
        "uncalibrated: at the site check a person counted {tallied} buckets, the box {counted}: a lead to check",
    ),
    "site_check_void": (
        "chưa hiệu chuẩn: {part} đã thay đổi sau lần kiểm tra tại chỗ: manh mối cần kiểm tra",
        "uncalibrated: the {part} changed after the site check: a lead to check",
    ),
    "check_expired": (
        "kiểm định {part} đã hết hạn ngày {valid_to}: chỉ là manh mối cần kiểm tra",
        "the check of the {part} expired on {valid_to}: only a lead to check",
    ),
    "check_missing": (
        "chưa có kiểm định {part}: chỉ là manh mối cần kiểm tra",
        "the {part} has not been checked: only a lead to check",
    ),
    "check_undated": (
        "chưa biết ngày nên không biết kiểm định còn hạn hay không: chỉ là manh mối cần kiểm tra",
        "the date is not known, so neither is whether the checks hold: only a lead to check",
    ),
    "beyond_boundary": (
        "cách ranh giới giấy phép {licence} {distance_m} m về phía ngoài, sai số ± {error_m} m (95 %)",
        "{distance_m} m beyond the boundary of licence {licence}, ± {error_m} m (95 %)",
    ),
    "inside_area": (
        "trong khu vực của giấy phép {licence}, cách ranh giới {distance_m} m ± {error_m} m (95 %)",
        "inside the area of licence {licence}, {distance_m} m from its boundary ± {error_m} m (95 %)",
    ),
    "near_boundary": (
        "cách ranh giới giấy phép {licence} {distance_m} m, nhỏ hơn sai số ± {error_m} m (95 %): chưa xác định",
        "{distance_m} m from the boundary of licence {licence}, less than the error ± {error_m} m (95 %): undetermined",
    ),
    "no_licence_here": (
        "cách giấy phép gần nhất của phương tiện, {licence}, {distance_km} km",
        "{distance_km} km from the nearest licence of the vessel, {licence}",
    ),
    "suspended_by": (
        "hôm nay là {local_date}, giấy phép {licence} đang tạm dừng theo thông báo {notice}",
        "the date is {local_date}, licence {licence} is suspended by notice {notice}",
    ),
    "vessel_registered": (
        "phương tiện {hull_number} có trong danh sách của giấy phép {licence}, đến {valid_to}",
        "vessel {hull_number} is in the list of licence {licence}, until {valid_to}",
    ),
    "vessel_expired": (
        "đăng ký của phương tiện {hull_number} trong giấy phép {licence} đã hết hạn ngày {valid_to}, hôm nay là {local_date}",
        "the registration of vessel {hull_number} in licence {licence} ended on {valid_to}, the date is {local_date}",
    ),
    "vessel_not_yet": (
        "đăng ký của phương tiện {hull_number} trong giấy phép {licence} bắt đầu ngày {valid_from}, hôm nay là {local_date}",
        "the registration of vessel {hull_number} in licence {licence} begins on {valid_from}, the date is {local_date}",
    ),
    "vessel_unlisted": (
        "phương tiện {hull_number} không có trong danh sách của giấy phép {licence}",
        "vessel {hull_number} is not in the list of licence {licence}",
    ),
    "vessel_alike": (
        "danh sách của giấy phép {licence} có {listed}, chỉ khác dấu với {hull_number}: cần người xem lại",
        "the list of licence {licence} has {listed}, which differs from {hull_number} in a diacritic alone: a person has to look",
    ),
    "vessel_of_other_mine": (
        "phương tiện {hull_number} thuộc giấy phép {licence}",
        "vessel {hull_number} belongs to licence {licence}",
    ),
    "in_mine_of_others": (
        "trong khu vực của giấy phép {licence} ({holder}), danh sách không có phương tiện này",
        "in the area of licence {licence} ({holder}), whose list does not have this vessel",
    ),
    "in_forbidden_zone": (
        "trong khu vực cấm {place} {distance_m} m tính từ ranh, sai số ± {error_m} m (95 %)",
        "{distance_m} m inside the forbidden zone {place}, ± {error_m} m (95 %)",
    ),
    "near_bank": (
        "cách bờ {place} {bank_m} m, giấy phép {licence} yêu cầu ít nhất {at_least_m} m: gần hơn {distance_m} m ± {error_m} m (95 %)",
        "{bank_m} m from the bank {place}, licence {licence} asks for {at_least_m} m: too near by {distance_m} m ± {error_m} m (95 %)",
    ),
    "across_border": (
        "trong địa bàn {place}, ngoài địa giới {granted} nơi cấp giấy phép {distance_m} m, sai số ± {error_m} m (95 %)",
        "in the territory of {place}, {distance_m} m ± {error_m} m (95 %) beyond the border of {granted}, which licensed her",
    ),
    "beyond_province": (
        "ngoài địa giới {granted} nơi cấp giấy phép {distance_m} m, sai số ± {error_m} m (95 %); chưa rõ là địa bàn nào",
        "{distance_m} m ± {error_m} m (95 %) beyond the border of {granted}, which licensed her; whose territory it is is not drawn",
    ),
    "left_mooring": (
        "lúc {local_time}, cách khu vực neo đậu {place} của giấy phép {licence} {distance_m} m ± {error_m} m (95 %)",
        "at {local_time}, {distance_m} m ± {error_m} m (95 %) from the mooring zone {place} of licence {licence}",
    ),
    "transfer_elsewhere": (
        "sang mạn cách nơi sang mạn được phép gần nhất, {place}, {distance_m} m, sai số ± {error_m} m (95 %)",
        "sand passes from hull to hull {distance_m} m ± {error_m} m (95 %) from the nearest place for that, {place}",
    ),
    "at_transfer_place": (
        "tại nơi sang mạn được phép {place}",
        "at {place}, a place for sand to pass from hull to hull",
    ),
    "machine_at_mooring": (
        "máy làm việc trong khu vực neo đậu {place}; chưa thấy lấy cát từ sông",
        "the machine works in the mooring zone {place}; it was not seen to take sand from the river",
    ),
    "sand_handed_over": (
        "cát được chuyển từ hầm sang phương tiện khác; không thấy lấy cát từ sông",
        "sand is handed over from a hold; none was seen taken from the river",
    ),
    "bed_below_limit": (
        "đáy sông gần phương tiện ở cao trình {bed_m} m ± {error_m} m ({datum}, mực nước trạm {station}, nước sâu {depth_m} m dưới đầu dò), thấp hơn mức {limit_m} m của giấy phép {licence}",
        "the bed near the vessel lies at {bed_m} m ± {error_m} m ({datum}, level by {station}, {depth_m} m of water below the transducer), below the {limit_m} m of licence {licence}",
    ),
    "bed_above_limit": (
        "đáy sông gần phương tiện ở cao trình {bed_m} m ± {error_m} m ({datum}, mực nước trạm {station}, nước sâu {depth_m} m dưới đầu dò), cao hơn mức {limit_m} m của giấy phép {licence}",
        "the bed near the vessel lies at {bed_m} m ± {error_m} m ({datum}, level by {station}, {depth_m} m of water below the transducer), above the {limit_m} m of licence {licence}",
    ),
    "bed_near_limit": (
        "đáy sông gần phương tiện ở cao trình {bed_m} m ± {error_m} m ({datum}, mực nước trạm {station}, nước sâu {depth_m} m dưới đầu dò), trong sai số của mức {limit_m} m của giấy phép {licence}",
        "the bed near the vessel lies at {bed_m} m ± {error_m} m ({datum}, level by {station}, {depth_m} m of water below the transducer), within the error of the {limit_m} m of licence {licence}",
    ),
    "bed_unknown": (
        "nước sâu {depth_m} m dưới đầu dò; không có mực nước theo {datum} nên chưa so được với mức {limit_m} m của giấy phép {licence}",
        "{depth_m} m of water below the transducer; without a water level in {datum} it cannot be compared with the {limit_m} m of licence {licence}",
    ),
    "box_off": (
        "thiết bị không hoạt động từ {from_time} cho đến lúc sự kiện này bắt đầu",
        "the box did not run from {from_time} until this event began",
    ),
    "last_at_work": (
        "trước đó phương tiện đang làm việc, hoặc đứng yên như khi làm việc",
        "before that the vessel was at work, or lay as at work",
    ),
    "off_under_way": (
        "trước đó phương tiện đang chạy {sog_kn} hải lý/giờ; quãng đường {way_km} km không giải thích được {minutes} phút",
        "before that the vessel was under way at {sog_kn} kn; the {way_km} km she made leave {minutes} minutes unexplained",
    ),
    "no_licence_loaded": ("không có giấy phép nào được nạp", "no licence is loaded"),
    "at_mooring_place": ("tại nơi neo đậu được phép {place}", "at the mooring place {place}"),
    "lies_moored": (
        "phương tiện nằm yên như đang neo đậu; không quan sát được có làm việc hay không",
        "the vessel lies still as if moored; it was not seen whether it works",
    ),
    "outside_hours": (
        "lúc {local_time}, ngoài giờ {hours} của giấy phép {licence}",
        "at {local_time}, outside the hours {hours} of licence {licence}",
    ),
    "inside_hours": (
        "lúc {local_time}, trong giờ {hours} của giấy phép {licence}",
        "at {local_time}, within the hours {hours} of licence {licence}",
    ),
    "time_near_limit": (
        "lúc khoảng {local_time} theo đồng hồ lưu, gần giới hạn của giờ {hours} của giấy phép {licence}",
        "at about {local_time} by a saved clock, near a limit of the hours {hours} of licence {licence}",
    ),
    "time_unknown": ("chưa biết giờ chính xác", "the time is not known"),
    "licence_not_in_force": (
        "giấy phép {licence} có hiệu lực từ {valid_from} đến {valid_to}, hôm nay là {local_date}",
        "licence {licence} is in force from {valid_from} to {valid_to}, the date is {local_date}",
    ),
    "licence_in_force": (
        "giấy phép {licence} đang có hiệu lực, từ {valid_from} đến {valid_to}, hôm nay là {local_date}",
        "licence {licence} is in force, from {valid_from} to {valid_to}, the date is {local_date}",
    ),
    "outside_period": (
        "hôm nay là {local_date}, ngoài thời kỳ được khai thác trong năm {periods} của giấy phép {licence}",
        "the date is {local_date}, outside the periods {periods} of licence {licence}",
    ),
    "date_near_limit": (
        "hôm nay là {local_date} theo đồng hồ lưu, gần ngày giới hạn của giấy phép {licence}",
        "the date is {local_date} by a saved clock, near a limiting date of licence {licence}",
    ),
    "error_unstated": (
        "máy thu không cho biết sai số; lấy ± {error_m} m (95 %)",
        "the receiver does not state its error; ± {error_m} m (95 %) is assumed",
    ),
    "mean_of": (
        "vị trí trung bình của {minutes} phút nằm yên",
        "the mean position of {minutes} minutes of lying still",
    ),
    "heading_unknown": (
        "không biết hướng mũi tàu: sai số cộng thêm tầm với {reach_m} m của gàu tính từ ăng-ten",
        "heading unknown: the error includes the whole reach of the gear, {reach_m} m from the antenna",
    ),
    "gear_unmeasured": (
        "chưa đo khoảng cách từ ăng-ten đến gàu: sai số cộng thêm {reach_m} m",
        "the way from the antenna to the gear was not measured: the error includes {reach_m} m for it",
    ),
    "fix_lost_for": (
        "máy thu không có vị trí suốt {seconds} giây",
        "the receiver has had no position for {seconds} s",
    ),
    "receiver_silent": (
        "máy thu không gửi dữ liệu suốt {seconds} giây",
        "the receiver has sent nothing for {seconds} s",
    ),
    "last_seen": ("vị trí cuối cùng {lat_deg}, {lon_deg}", "last position {lat_deg}, {lon_deg}"),
    "datum_not_wgs84": (
        "máy thu báo hệ quy chiếu {datum}, không phải WGS 84: vị trí đáng ngờ",
        "the receiver says its datum is {datum}, not WGS 84: the position is suspect",
    ),
    "position_jump": (
        "vị trí nhảy {distance_m} m trong {seconds} giây",
        "the position jumped {distance_m} m in {seconds} s",
    ),
    "position_simulated": (
        "máy thu báo vị trí mô phỏng hoặc nhập tay",
        "the receiver says the position is simulated or entered by hand",
    ),
    "time_jump": (
        "giờ của máy thu nhảy {seconds} giây",
        "the receiver's time jumped by {seconds} s",
    ),
    "sentences_disagree": (
        "các câu của máy thu mâu thuẫn nhau về việc có vị trí hay không",
        "the receiver's sentences disagree whether there is a position",
    ),
    "few_satellites": (
        "vị trí chỉ dựa trên {satellites} vệ tinh",
        "the position rests on {satellites} satellites only",
    ),
    "two_dimensions": ("vị trí chỉ hai chiều", "the position is two-dimensional"),
    "hdop_high": ("hình học vệ tinh xấu, HDOP {hdop}", "poor geometry of the satellites, HDOP {hdop}"),
    "speed_differs": (
        "vận tốc theo vị trí khác vận tốc máy thu báo {metres_a_second} m/giây",
        "the positions tell a speed {metres_a_second} m/s from the one the receiver states",
    ),
    "position_dragged": (
        "trong {seconds} giây vị trí lệch {distance_m} m so với tốc độ và hướng máy thu báo",
        "within {seconds} s the position went {distance_m} m elsewhere than the stated speed and course lead",
    ),
    "position_frozen": (
        "vị trí không đổi một chữ số nào suốt {seconds} giây",
        "the position has not changed in any digit for {seconds} s",
    ),
    "date_too_early": (
        "ngày của máy thu, {date}, trước khi phần mềm này được viết",
        "the receiver's date, {date}, is before this software was written",
    ),
    "outside_region": (
        "vị trí {lat_deg}, {lon_deg} nằm ngoài vùng hoạt động của thiết bị",
        "the position {lat_deg}, {lon_deg} lies outside the region of the box",
    ),
    "altitude_impossible": (
        "độ cao {alt_m} m không thể có trên sông này",
        "a height of {alt_m} m cannot be on this river",
    ),
    "satellites_gone": (
        "cùng lúc mất nhiều vệ tinh: từ {before} còn {after}",
        "many satellites gone at once: from {before} to {after}",
    ),
    "signal_fell": (
        "tín hiệu của mọi vệ tinh giảm {db} dB trong vài giây",
        "the strength of all satellites fell by {db} dB within seconds",
    ),
    "signal_uniform": (
        "cường độ các vệ tinh gần như bằng nhau (lệch chuẩn {db} dB)",
        "the strengths of the satellites hardly differ (standard deviation {db} dB)",
    ),
    "signal_strong": (
        "mọi vệ tinh đều mạnh hơn mức có thể từ trên trời",
        "all satellites are stronger than what comes from the sky",
    ),
    "elevations_zero": (
        "{satellites} vệ tinh báo góc cao bằng không",
        "{satellites} satellites are said to stand at the horizon",
    ),
    "camera_state": ("camera {camera}: {state}; {reason}", "camera {camera}: {state}; {reason}"),
    "evidence_missing": (
        "không lưu được hình ảnh chứng cứ: {reason}",
        "evidence pictures could not be kept: {reason}",
    ),
    "quota_likely_passed": (
        "trong kỳ {span} đã lấy {value_m3} m³ ± {error_m3} m³ (95 %), hạn mức {limit_m3} m³ của giấy phép {licence}: xác suất vượt {percent} %",
        "{value_m3} m³ ± {error_m3} m³ (95 %) in the {span}, quota {limit_m3} m³ of licence {licence}: passed with a probability of {percent} %",
    ),
    "counted_loose": (
        "khối lượng rời trong khoang (hệ số nở rời {swell})",
        "loose volume in the hold (swell {swell})",
    ),
    "counted_in_place": (
        "khối lượng nguyên khai tại chỗ, chia cho hệ số nở rời {swell}",
        "volume in place, loose divided by a swell of {swell}",
    ),
    "bucket_taken": (
        "{cycles} gàu {bucket_m3} m³, hệ số đầy {fill}",
        "{cycles} buckets of {bucket_m3} m³, filled to {fill}",
    ),
    "quota_both_sizes": (
        "theo gàu đăng ký {bucket_m3} m³ xác suất vượt là {percent} %, theo gàu nhìn thấy {seen_m3} m³ là {seen_percent} %",
        "with the registered bucket of {bucket_m3} m³ the probability is {percent} %, with the one seen, {seen_m3} m³, {seen_percent} %",
    ),
    "bucket_looks": (
        "gàu trông có dung tích bằng {percent} % ± {error_percent} % (95 %) so với lúc trước, ở cùng vị trí cần",
        "the bucket looks {percent} % ± {error_percent} % (95 %) of the volume it had, at the same places of the boom",
    ),
    "bucket_registered": (
        "gàu đăng ký {bucket_m3} m³, tức là khoảng {seen_m3} m³ theo hình ảnh",
        "registered with {bucket_m3} m³, so about {seen_m3} m³ as it is seen",
    ),
    "compared_with_site_check": (
        "so với lúc kiểm tra đếm gàu tại chỗ",
        "compared with the bucket at the time of the site check",
    ),
    "compared_with_first_work": (
        "so với những giờ làm việc đầu tiên mà thiết bị quan sát: chưa có kiểm tra tại chỗ",
        "compared with the first work the box saw: there was no site check",
    ),
    "load_beyond_holds": (
        "một chuyến {cycles} gàu, {value_m3} m³ ± {error_m3} m³ (95 %): lớn hơn mọi khoang chứa trong danh sách của giấy phép {licence}, lớn nhất {hold_m3} m³",
        "a load of {cycles} buckets, {value_m3} m³ ± {error_m3} m³ (95 %): more than any hold in the list of licence {licence}, the largest {hold_m3} m³",
    ),
    "loads_beyond_buckets": (
        "{loads} chuyến trong ngày, khoang nhỏ nhất {hold_m3} m³; chỉ đếm được {cycles} gàu, {value_m3} m³ ± {error_m3} m³ (95 %): chưa bằng nửa khoang mỗi chuyến",
        "{loads} loads on this day, the smallest hold {hold_m3} m³; only {cycles} buckets were counted, {value_m3} m³ ± {error_m3} m³ (95 %): less than half a hold for each",
    ),
    "active_too_long": (
        "làm việc {hours} giờ trong ngày, giấy phép {licence} cho phép {permitted} giờ",
        "worked {hours} hours on this day, licence {licence} permits {permitted}",
    ),
    "camera_blind": ("camera {camera}: {cause}", "camera {camera}: {cause}"),
    "gear_cycles": (
        "máy lặp lại {cycles} chu kỳ trong {minutes} phút gần đây",
        "the machine made {cycles} cycles in the last {minutes} minutes",
    ),
    "gear_period": ("mỗi chu kỳ khoảng {seconds} giây", "a cycle takes about {seconds} s"),
    "bucket_from_water": (
        "trước {cycles} lần quay, gàu chìm dưới nước bên ngoài khoang chứa",
        "before {cycles} of its swings the bucket was under water outside any hold",
    ),
    "bucket_never_in_water": (
        "gàu luôn ở trên mặt nước: không thấy lấy cát từ sông",
        "the bucket never went under water: no sand was seen taken from the river",
    ),
    "bucket_from_hold": (
        "gàu lấy từ khoang chứa, không chìm dưới nước: bốc chuyển cát",
        "the bucket took from a hold and never went under water: sand is handed over",
    ),
    "regular_cycles": (
        "ít nhất tám chu kỳ đều nhau, không có dấu hiệu trái ngược",
        "at least eight regular cycles and nothing that speaks against it",
    ),
    "second_count_agrees": (
        "cách đếm thứ hai phù hợp: {cycles} và {other}",
        "the second way of counting agrees: {cycles} and {other}",
    ),
    "second_count_differs": (
        "cách đếm thứ hai khác: {cycles} và {other}",
        "the second way of counting differs: {cycles} and {other}",
    ),
    "discharge_seen": (
        "thấy dòng xả trong {percent} % số lần nhìn của phút gần đây",
        "a discharge in {percent} % of the looks of the last minute",
    ),
    "gear_at_rest": (
        "máy không lặp lại chu kỳ nào suốt {minutes} phút",
        "no cycle of the machine for {minutes} minutes",
    ),
    "rested_lately": (
        "lần cuối nhìn thấy, {seconds} giây trước, máy không làm việc",
        "when the gear was last seen, {seconds} s before, it was at rest",
    ),
    "gear_not_watched": ("camera không nhìn thấy máy", "no camera sees the machine"),
    "pump_runs": ("tín hiệu bơm đang chạy", "the pump's line says it runs"),
    "hydraulics_work": ("tín hiệu thủy lực đang làm việc", "the hydraulic line says it works"),
    "hull_vibrates": ("thân tàu rung như khi máy làm việc", "the hull vibrates as under a working machine"),
    "other_gear_works": (
        "thấy {machine} của phương tiện khác đang làm việc",
        "{machine} of another vessel is seen working",
    ),
    "bearing_sector": (
        "hướng {bearing_deg}° ± {error_deg}°",
        "bearing {bearing_deg}° ± {error_deg}°",
    ),
    "bearing_unknown": (
        "không có hướng mũi tàu hoặc hướng camera: chưa biết hướng",
        "no heading or no bearing of the camera: the bearing is not known",
    ),
    "patrol": (
        "thiết bị trên tàu tuần tra: không xét giấy phép của chính tàu này",
        "the box is on a patrol boat: its own licence is not judged",
    ),
}

FINDINGS: Mapping[FindingKind, tuple[str, str]] = {
    FindingKind.OUTSIDE_AREA: ("ngoài ranh giới được phép", "outside the licence area"),
    FindingKind.OUTSIDE_HOURS: ("ngoài giờ cho phép", "outside permitted hours"),
    FindingKind.LICENCE_EXPIRED: ("giấy phép không còn hiệu lực", "licence not in force"),
    FindingKind.NO_LICENCE: ("nơi không có giấy phép", "no licence here"),
    FindingKind.SUSPENDED: ("giấy phép đang tạm dừng", "licence suspended"),
    FindingKind.VESSEL_UNREGISTERED: ("phương tiện không được đăng ký", "vessel not registered"),
    FindingKind.WRONG_MINE: ("sai mỏ", "wrong mine"),
    FindingKind.FORBIDDEN_ZONE: ("trong khu vực cấm", "in a forbidden zone"),
    FindingKind.NEAR_BANK: ("quá gần bờ", "too near the bank"),
    FindingKind.DEPTH_EXCEEDED: ("đáy sông gần phương tiện quá sâu", "bed near the vessel too low"),
    FindingKind.OTHER_PROVINCE: ("ngoài tỉnh cấp giấy phép", "beyond the province that licensed her"),
    FindingKind.LEFT_MOORING: ("rời khu vực neo đậu", "away from the mooring zone"),
    FindingKind.TRANSFER_ELSEWHERE: (
        "sang mạn ngoài nơi được phép",
        "transfer from hull to hull outside a permitted place",
    ),
    FindingKind.BOX_OFF: ("thiết bị ngừng hoạt động", "box off"),
    FindingKind.POSITION_LOST: ("mất tín hiệu định vị", "position lost"),
    FindingKind.POSITION_SUSPECT: ("vị trí đáng ngờ", "position suspect"),
    FindingKind.CAMERA_LOST: ("mất tín hiệu camera", "camera lost"),
    FindingKind.CAMERA_BLIND: ("camera không quan sát được", "camera blind"),
    FindingKind.QUOTA_PASSED: ("vượt hạn mức khối lượng", "quota passed"),
    FindingKind.BUCKET_DIFFERS: ("gàu khác với đăng ký", "bucket differs from registration"),
    FindingKind.LOADS_IMPLAUSIBLE: ("số chuyến không hợp lý", "loads implausible"),
    FindingKind.ACTIVE_HOURS: ("vượt số giờ làm việc trong ngày", "more active hours than permitted"),
    FindingKind.OTHER_WORKING: ("phương tiện khác đang làm việc", "another vessel seen working"),
}

VERDICTS: Mapping[Verdict, tuple[str, str]] = {
    Verdict.BREACH: ("nghi vấn vi phạm", "suspected violation"),
    Verdict.PERMITTED: ("được phép", "permitted"),
    Verdict.UNDETERMINED: ("chưa xác định", "undetermined"),
}

ACTIVITIES: Mapping[ActivityKind, tuple[str, str]] = {
    ActivityKind.TRANSITING: ("đang di chuyển", "transiting"),
    ActivityKind.STATIONARY: ("đứng yên trên sông", "stationary in the river"),
    ActivityKind.MOORED: ("neo đậu", "moored"),
    ActivityKind.UNKNOWN: ("chưa rõ", "unknown"),
    ActivityKind.DREDGING: ("đang khai thác cát", "dredging"),
    ActivityKind.LOADING: ("đang bốc chuyển cát", "loading or transferring"),
    ActivityKind.MACHINE_WORKING: ("máy đang làm việc", "machine working"),
}

HAPPENINGS: Mapping[Happening, tuple[str, str]] = {
    Happening.WORKING: ("nơi, giờ và giấy phép", "place, hours and licence"),
    Happening.POSITION: ("định vị", "position"),
    Happening.SIGHT: ("hình ảnh", "sight"),
    Happening.BOX: ("thiết bị", "the box"),
    Happening.PRODUCTION: ("khối lượng", "production"),
    Happening.OTHERS: ("phương tiện khác", "other vessels"),
}

PARTS: Mapping[str, tuple[str, str]] = {
    "receiver": ("máy thu định vị", "receiver"),
    "lever_arm": ("khoảng lệch từ ăng-ten", "lever arm"),
    "camera": ("camera", "camera"),
    "sounder": ("máy đo sâu", "echo sounder"),
    "detector": ("bộ nhận dạng", "detector"),
    "region": ("vùng máy", "machine region"),
}

STATES: Mapping[Health, tuple[str, str]] = {
    Health.HEALTHY: ("bình thường", "healthy"),
    Health.SILENT: ("không có dữ liệu", "silent"),
    Health.RECOVERING: ("đang khôi phục", "recovering"),
    Health.FAILED: ("hỏng", "failed"),
    Health.ENDED: ("đã hết", "ended"),
}

LABELS: Mapping[str, tuple[str, str]] = {
    # what a detector says it saw; a label of a later model is shown as it stands
    "grab_crane": ("xáng cạp", "grab crane"),
    "excavator": ("máy đào", "excavator"),
    "suction_dredger": ("tàu hút cát", "suction dredger"),
    "bucket": ("gàu", "bucket"),
    "discharge": ("dòng xả", "discharge"),
    "sand_load": ("cát trong khoang", "sand load"),
    "barge": ("sà lan", "barge"),
    "boat": ("ghe, tàu", "boat"),
    "person": ("người", "person"),
}


CAUSES: Mapping[str, tuple[str, str]] = {
    "covered": ("bị che", "covered"),
    "dark": ("quá tối", "too dark"),
    "frozen": ("hình đứng yên, không đổi", "the picture is frozen"),
    "looped": (
        "hình lặp lại những phút đã thấy trước đó: như một đoạn ghi phát lại",
        "minutes show again what was seen before: as a recording that runs round and round",
    ),
    "defocused": ("mất nét hoặc ống kính bẩn", "out of focus, or the lens is dirty"),
    "drops": ("có giọt nước trên ống kính", "water drops on the lens"),
    "elsewhere": (
        "không nhìn vào chỗ vẫn nhìn: bị xoay hoặc ở trên phương tiện khác",
        "not the view it had: turned away, or on another hull",
    ),
    "hull": (
        "boong không phải boong lúc lắp đặt: ở trên phương tiện khác, hoặc bị xoay",
        "the deck is not the hull it was installed on: moved to another, or turned away",
    ),
    "sun": (
        "độ sáng trái với mặt trời tại nơi và giờ này",
        "its brightness contradicts the sun at that place and hour",
    ),
    "replaced": (
        "hình hoặc luồng khác trước: camera bị thay hoặc cài đặt lại",
        "another picture size or stream than before: the camera was changed, or set anew",
    ),
}

SPANS: Mapping[str, tuple[str, str]] = {
    "vessel_day": ("ngày của phương tiện", "day of the vessel"),
    "day": ("ngày", "day"),
    "month": ("tháng", "month"),
    "year": ("năm", "year"),
    "phase": ("giai đoạn", "phase"),
}


def pick(pair: tuple[str, str], language: Language) -> str:
    """The text of a (Vietnamese, English) pair in `language`."""
    return pair[0] if language == "vi" else pair[1]


def number_text(value: float | str, language: Language) -> str:
    """A value as people of that language write it: 1.234,5 in Vietnamese, 1,234.5 in English."""
    if isinstance(value, str):
        return value
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.7f}".rstrip("0").rstrip(".")
    return text.translate(str.maketrans(",.", ".,")) if language == "vi" else text


def _value_text(name: str, value: float | str, language: Language) -> str:
    """A value of a reason; the state of a source and the parts of the box have words of their own."""
    if name == "state" and value in STATES:
        return pick(STATES[Health(str(value))], language)
    if name == "cause" and value in CAUSES:
        return pick(CAUSES[str(value)], language)
    if name == "span" and value in SPANS:
        return pick(SPANS[str(value)], language)
    if name == "part" and value in PARTS:
        return pick(PARTS[str(value)], language)
    return number_text(value, language)


def reason_text(reason: Reason, language: Language) -> str:
    """The sentence of a reason. A code this version does not know is shown as it stands, with its values."""
    values = {name: _value_text(name, value, language) for name, value in reason.values.items()}
    if reason.code not in REASONS:
        shown = ", ".join(f"{name} {value}" for name, value in values.items())
        return f"{reason.code} ({shown})" if shown else reason.code
    try:
        return pick(REASONS[reason.code], language).format_map(values)
    except (KeyError, ValueError, IndexError):
        return f"{reason.code} ({', '.join(f'{name} {value}' for name, value in values.items())})"
