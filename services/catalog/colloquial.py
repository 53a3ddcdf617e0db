"""What people say and what the items are called: general words, for all items alike.

Words of one item alone belong to that item's `synonyms`. Each entry: what is typed, and what is meant, the
likeliest first. Assumed from usage, not official.
"""

MEANINGS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("丢失", "丢了", "弄丢", "丢", "掉了", "不见了", "遗失", "被偷", "找不到了"),
        ("挂失", "补领", "补换", "遗失补证"),
    ),
    **dict.fromkeys(("坏了", "损坏", "磨损"), ("换领", "补领", "损毁换证")),
    **dict.fromkeys(("过期", "到期"), ("换领", "期满换证", "延续")),
    **dict.fromkeys(("取钱", "取出来", "怎么取", "取公积金", "支取"), ("提取",)),
    **dict.fromkeys(("生孩子", "生小孩", "坐月子", "生娃", "生宝宝"), ("生育",)),
    **dict.fromkeys(("刚出生", "新生儿", "宝宝", "婴儿"), ("出生登记", "出生医学证明", "居民参保登记")),
    **dict.fromkeys(
        ("开饭店", "开饭馆", "开餐馆", "开餐厅", "开小吃店", "开火锅店"), ("食品经营许可", "小餐饮登记", "开餐馆")
    ),
    **dict.fromkeys(("开公司", "注册公司", "办公司", "成立公司"), ("企业设立登记", "企业开办")),
    **dict.fromkeys(("开店", "做生意", "摆摊"), ("个体工商户设立登记",)),
    **dict.fromkeys(("没工作", "失业了", "下岗", "被辞退"), ("失业保险金申领", "失业登记")),
    **dict.fromkeys(("拖欠工资", "不发工资", "欠工资", "讨薪"), ("欠薪", "劳动保障监察")),
    **dict.fromkeys(("去世", "过世", "死了", "人没了"), ("死亡登记", "丧葬", "死亡")),
    **dict.fromkeys(("买房", "买了房"), ("购买自住住房", "商品房买卖合同", "新建商品房转移")),
    **dict.fromkeys(("二手房", "卖房"), ("存量房",)),
    **dict.fromkeys(("过户",), ("转移登记",)),
    **dict.fromkeys(("租房",), ("租房提取", "房屋租赁", "公共租赁住房")),
    **dict.fromkeys(("房贷",), ("住房贷款", "购房贷款")),
    **dict.fromkeys(("房产证", "房本"), ("不动产权证书", "不动产")),
    **dict.fromkeys(("驾照", "驾驶本"), ("驾驶证",)),
    **dict.fromkeys(("车牌", "牌照"), ("号牌",)),
    **dict.fromkeys(("罚单", "违章"), ("交通违法",)),
    **dict.fromkeys(("户口本", "户口簿"), ("户口", "户籍")),
    **dict.fromkeys(("上户口",), ("出生登记",)),
    **dict.fromkeys(("落户口", "迁户口"), ("户口迁移", "落户")),
    **dict.fromkeys(("外地看病", "异地看病", "外地住院", "去外地看病"), ("异地转诊", "异地就医")),
    **dict.fromkeys(("看病", "挂号"), ("预约挂号",)),
    **dict.fromkeys(("打疫苗", "疫苗"), ("预防接种",)),
    **dict.fromkeys(("上学", "上小学", "报名上学"), ("新生入学", "义务教育")),
    **dict.fromkeys(("孩子转学",), ("学生转学",)),
    **dict.fromkeys(("养老钱", "退休金", "退休工资"), ("养老金",)),
    **dict.fromkeys(("五险", "保险证明", "社保证明"), ("社会保险参保证明", "社会保险")),
    **dict.fromkeys(("社保卡",), ("社会保障卡",)),
    **dict.fromkeys(("医保转走", "医保转出", "医保转移"), ("转移接续手续办理",)),
    **dict.fromkeys(("结婚", "领证"), ("结婚登记",)),
    **dict.fromkeys(("离婚",), ("离婚登记",)),
    **dict.fromkeys(("投诉", "举报"), ("投诉", "举报")),
    **dict.fromkeys(("交水费",), ("水费",)),
    **dict.fromkeys(("交电费",), ("电费",)),
    **dict.fromkeys(("营业执照",), ("企业设立登记", "营业执照")),
    **dict.fromkeys(("没犯罪", "无犯罪"), ("无犯罪记录",)),
    **dict.fromkeys(("居住证",), ("居住证申领",)),
    **dict.fromkeys(("残疾证",), ("残疾人证",)),
    **dict.fromkeys(("穷", "困难", "吃不上饭"), ("临时救助", "最低生活保障")),
    **dict.fromkeys(("老人",), ("老年人", "高龄")),
    **dict.fromkeys(("工伤",), ("工伤认定",)),
}

FILLERS = (
    "我想要", "我想", "我要", "想要", "怎么办理", "怎么办", "怎么弄", "怎么", "如何办理", "如何",
    "在哪里", "在哪儿", "在哪", "哪里", "需要什么材料", "需要什么", "要什么", "什么", "手续",
    "流程", "办理", "可以", "能不能", "请问", "一下", "应该", "多少钱", "多久", "网上",
    "手机上", "手机", "的", "了", "吗", "呢", "吧", "啊", "我", "想", "要", "去",
    "把",
)  # fmt: skip
"""Words that say nothing on which item is meant; the longest first, cut out in this order."""
