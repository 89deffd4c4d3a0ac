"""What a column of an exported list is called: one word for each name that fields bear.

A field may bear another by its ``title``; one that is not here is called by its description. What
lies in a cell under names of its own (the facts of an event) is told by the same words.
"""

_WORDS = """
absences 旷工 absent_half_days 旷工半天数 absent_name 被替人 accepted_on 受理日期
acknowledged_at 知悉时间 acknowledged_by_name 知悉人 act 办理事项 actor 经手人 actor_name 经手人
address 地址 addressee 送达对象 after 变更后 agrees 是否同意 also 同时符合的条款
alternatives 可改的时段 answer 答复 answer_id 申辩答复书 answer_paper_id 投诉答复书
answer_reason 异议理由 answered_at 答复时间 answered_by_name 答复人 answered_how 答复方式
appeal_id 申辩 appeal_number 申辩编号 appeal_state 申辩状态 appeal_until 申辩截止时间
appeal_until_is_provisional 申辩截止是否暂定 applicant_kind 申请人类别 applicant_name 申请人
applied_at 申请时间 appointment_id 预约 appointment_number 预约编号 approved_at 批准时间
approved_by_name 批准人 area_label 检查方面 article 依据条款 article_id 信息编号 asked_at 提出时间
asked_by_name 提出人 at 时间 attempts 尝试次数 author_id 作者编号 away_count 离岗次数
away_minutes 离岗分钟数 back_at 返岗时间 badge_number 桌牌号 badge_returned_at 桌牌归还时间
bank 缴款银行 basis 依据 basis_label 依据名称 batch_id 批次 before 变更前 booked_at 预约登记时间
booked_by_name 预约登记人 by_name 经手人 called_at 叫号时间 calls 叫号次数 case 办件 case_id 办件
case_number 办件编号 category 事项类型 cause 原因 certificate 病假证明 certificate_at 证明提交时间
changed_at 变更时间 changed_count 变更行数 changed_days 变更天数 changes 变更 channel 渠道
check_in_from 可签到时间 check_in_until 签到截止时间 checked_at 检查时间 checked_in_at 签到时间
chief_representative 首席代表 choices 可选结果 client 客户端 clock_id 考勤机 clock_number 考勤机编号
closed_at 结束时间 closed_by_name 结束人 closed_on 最后一日 closes 下班时刻
closing_note 取消或不同意的原因 code 代码 colleague_windows 配合窗口 colleagues 配合窗口 column 列
column_label 列名 comment 评语 committed_days 承诺工作日 complaint_number 投诉编号
conference_number 会议编号 confirmed_at 交接确认时间 contact_note 回访记录 contacted_at 回访时间
content 内容 content_hash 文书摘要 copies 份数 count 数量 counts 是否计入 counts_as 按何种假对待
county_filed_on 报县备案日期 county_reference 报县文号 covered 已说明的情况
create_departments 是否新建部门 created_at 建立时间 created_count 新增行数 current_service 今日窗口
custody 保管状态 day 日期 day_kind 日期类别 days 天数 decided_at 决定时间 decided_by_name 决定人
decided_on 决定日期 decision 领导批示 decision_document 决定文号 decision_note 决定说明
decision_reason 决定理由 deductions 扣分 delivered_at 送达时间 delivered_on 送达日期 department 部门
department_id 部门编号 department_name 部门名称 department_told_on 告知部门日期 deputy_id 副岗编号
deputy_name B岗 derived_at 计算时间 destination 去向 detail 说明 device_id 设备编号
device_time 考勤机时间 device_user_id 考勤号 differences 差异 disabled_at 停用时间
disclosure 公开事项 documents_due_on 文件期限 done_at 完成时间 drafted_at 起草时间
drafted_by_name 起草人 due_at 期限 due_is_provisional 期限是否暂定 each 每次扣分
early_count 早退次数 early_minutes 早退分钟数 edition_code 制度版本 effective_on 生效日期
effects 后果 ended_at 结束时间 ends_at 结束时间 ends_half 结束半天 ends_on 结束日期
estimate 取号等候 events 情况 evidence 证据 excused_by 说明依据 excused_count 已说明次数
expires_at 失效时间 extension 续假 facts 要素 failures_in_a_row 连续失败次数 fault_code 问题代码
fault_count 有误行数 faults 有误行数 figures 统计 file_form 文件形式 file_format 文件格式
file_name 文件名 file_sha256 文件摘要 filed_at 报备时间 filed_by_name 报备人 filing_number 否定编号
finding 认定 finding_count 问题条数 finding_number 问题编号 finding_reason 认定理由
first_at 最早打卡 first_day 第一天 follow_up 跟进 for_window_id 指定窗口编号
for_window_number 指定窗口 form_number 登记表编号 found_by_name 认定人 found_on 发现日期 free 余号
from_version_no 原版本号 given_at 答复时间 given_by_name 答复人 go_to 应去的单位 ground 情形
ground_code 事由代码 ground_label 事由 group_id 分组编号 group_name 分组 guide_count 指南份数
half 半天 half_days 半天数 halves 各半天 handed_in_at 收存时间 handed_out_at 发放时间 handler 经办人
handler_id 经办人编号 handler_name 经办人 handover 交接事项 has_materials 是否收存材料 headers 表头
held_at 开会时间 hindrances 受影响的原因 holder_name 预约人 hospital 医院 id 编号
id_number_masked 证件号（遮盖） in_use_from 启用日期 indicator 指标 inspected_on 检查日期
inspectors 检查人 integrity 廉政职责 investigator_id 调查人编号 investigator_name 调查人
is_acting 是否正在顶岗 is_anonymous 是否匿名 is_bad 是否差评 is_closed 是否停用 is_complete 是否完整
is_counted 是否仍计入 is_current 是否本次登录 is_demo 是否演示密码 is_deputised 是否有B岗顶岗
is_derived 是否已计算 is_disabled 是否停用 is_disclosed 是否已公开 is_due_soon 是否即将到期
is_effective 是否计分 is_fact_wrong 是否事实有误 is_late 是否补登 is_open 是否启用
is_original 是否原件 is_outstanding 是否未归还 is_overdue 是否逾期 is_overstaying 是否超假
is_provisional 是否暂定 is_rated 是否评定 is_retrospective 是否补办 is_reversed 是否已撤销
is_revoked 是否已吊销 is_settled 是否已定 is_sound 是否相符 is_staffed 是否有人在岗
is_within_authority 是否属职权范围 is_working_day 是否工作日 issued_at 发出时间
issued_by_name 出具人 issued_on 开具日期 item_code 事项编码 item_id 事项编号 item_name 事项名称
keeper_name 登记人 kind 类别 kinds 事件类别 label 名称 lacks_certificate 是否缺病假证明
lacks_substitute 是否缺替岗 last_at 最晚打卡 last_day 最后一天 last_seen_at 最近联系时间
last_used_at 最近使用时间 late_count 迟到次数 late_minutes 迟到分钟数 latest_offset 最近快慢
least_seconds 最少秒数 leave_id 请假 leave_number 请假编号 left_on 离开日期 legal_basis 法律依据
letter 号头 letter_id 文书 level 等级 line 行号 line_count 行数 lines 行数 live_on 上传日期
material_key 材料代码 materials 材料 matter 申请事项 measure 处理措施 measure_id 处理措施编号
measure_ids 所依据的处理 measure_number 处理编号 median_seconds 中位秒数 method 方式 minutes 分钟数
minutes_number 纪要编号 missing 尚缺内容 missing_count 缺卡次数 month 月份 most_seconds 最多秒数
must_change_password 是否须改密码 name 名称 new 新值 next_attempt_at 下次尝试时间
nominated_at 提名时间 nominated_by_name 提名人 note 说明 notes 附注
notice_delivered_at 告知书送达时间 notice_method 告知方式 notice_number 告知书编号
notice_signed_by 告知书签收人 now 现在 number 号码 occurred_at 发生时间 occurred_on 发生日期
old 原值 on_behalf_of 被顶岗人 open_half_days 未结束半天数 opened_at 登记时间 opened_by_name 登记人
opened_on 启用日期 opens 上班时刻 opinion 意见 opinion_due_at 意见期限 opinions_due_at 提意见期限
ordered_by_name 下令导入人 ordinal 次序 origin 来源 outcome 结果 overstayed_half_days 超假半天数
overtime_minutes 加班分钟数 own_score 自身得分 pages 页数 paid_at 缴费时间 paper_number 文书编号
paragraphs 正文 password_changed_at 密码更改时间 person_count 人数 person_name 当事人
phone_masked 电话（遮盖） photo_reference 照片 place 地点 place_no 座次 places 名额
plate_number 挂牌号 plate_returned_at 挂牌归还时间 points 分值 points_asked 应扣分 post 岗位
posted_at 入账时间 present_half_days 出勤半天数 priorities 优先 priority 优先类别 proof 证明方式
proposal_id 建议编号 proposed 建议结果 proposed_at 建议时间 proposed_by_name 建议人
published_at 发布时间 published_by_name 发布人 punch_count 打卡记录数 punched_at 打卡时间
punches 打卡记录数 purpose 事由 quantity 数量 quarter 季度 question 征求事项 rank 名次
ranked_at 排序时间 rated_at 评价时间 raw 原文 reason 理由 reasons 理由 recalled_at 提前结束时间
received_at 收到时间 received_by_name 接收人 received_how 收到方式 received_on 收到日期
recorded_at 记录时间 recorded_by_name 记录人 recorded_how 记录方式 refusable_until 异议截止日期
refused_at 否定时间 refused_count 有误行数 registered_at 登记时间 registered_by_name 登记人
rejection_id 否定报备 rejection_number 否定编号 remaining_working_minutes 剩余工作分钟
reminders 提醒次数 reopened_reason 重开原因 repeated 重复记录数 repeated_count 重复记录数
replaced_by_id 被何条更正 replaces_id 更正何条 reported_at 报备时间 requested_at 申请时间
requester 申请人 responsible 责任人 result_number 结果文号 retired_on 停用日期 retracted_at 收回时间
retraction_reason 收回原因 return_asked_at 要求退还时间 return_signed_by 退还签收人
returned_at 退还时间 returned_half 销假半天 returned_on 销假日期 returned_to 退还对象
reversal_reason 撤销原因 reversed_at 撤销时间 reversed_by_name 撤销人 review_reason 复核原因
review_since 复核开始时间 revoked_at 撤销时间 revoked_by_name 撤销人 revoked_reason 撤销原因
role 角色 round_id 检查 round_number 检查编号 row_code 条目代码 row_label 条目 rows 表内各行
rule 扣分项 scheduled_half_days 应出勤半天数 scopes 权限 score 得分 score_after 扣后得分
score_before 扣前得分 sealed_at 封存时间 sealed_by_name 封存人 sent_by 委派人 served_at 办理时间
services 今日在岗 settled_at 处理时间 settled_by_name 处理人 settlement 处理意见 signed_by 签收人
slots 时段 staff 人员 staff_count 人数 staff_id 人员编号 staff_mean 人员平均分 staff_name 姓名
staff_number 工号 stage 环节 stages 各环节期限 starts_at 开始时间 starts_half 开始半天
starts_on 开始日期 state 状态 state_reason 状态原因 statement 陈述 status 状态
statutory_days 法定工作日 still_to_do 尚未办理 subject_id 对象编号 subject_kind 对象类别
subject_name 对象 subject_type 对象类型 subjects 对象数 substitute_article 替岗依据
substitute_id 替岗人编号 substitute_name 替岗人 substitution_id 替岗 summary 摘要 table 表格
table_code 考核表 taken_at 取号时间 takes_effect_on 施行日 talk_note 谈话记录 talked_at 谈话时间
talked_by 谈话人 target 对象 targets 工作目标 task_type 任务类型 text 内容 title 标题
unchanged_count 未变行数 unit 单位 unknown_half_days 无法判定半天数 uploaded_at 上传时间
uploaded_by_name 上传人 url 地址 username 用户名 value 规定值 verification_code 查验码
verify_mode 验证方式 version 版本 version_no 版本号 view 部门意见 viewed_by_name 出具意见人
visit 第几次到场 void_reason 作废原因 voided_at 作废时间 voucher_number 缴款凭证号
was_reached 是否联系上 webhook_id 推送地址编号 why 原因 why_ineffective 不计分原因
why_not_rated 不予评定原因 window 窗口 window_id 窗口编号 window_name 窗口名称 window_number 窗口号
window_numbers 窗口号 windows 窗口 work_code 工作代码 year 年度
"""

_PAIRS = _WORDS.split()
HEADINGS = dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True))

NUMBERS_IN_TEXT = frozenset(
    {"amount", "days", "own_score", "penalty", "points", "points_asked", "rate", "reward", "score"}
    | {"staff_mean", "each", "cap", "asked", "room", "taken", "score_before", "score_after"}
)
"""Fields whose decimal strings are quantities; all other strings of digits are names."""
