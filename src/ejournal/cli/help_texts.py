"""The help of every command, argument and option, in English and Ukrainian."""

from __future__ import annotations

__all__ = ["HELP"]

HELP: dict[str, tuple[str, str]] = {
    "help.ejournal": (
        "Ukraine's state school e-journal: requests, schools, journals, diaries, ledgers.",
        (
            "Державний шкільний електронний журнал: запити, заклади, журнали, щоденники, "
            "ланцюги записів."
        ),
    ),
    "help.store": (
        "The store, such as sqlite:///ejournal.db.",
        "Сховище, наприклад sqlite:///ejournal.db.",
    ),
    "help.lang": ("The language of answers and errors.", "Мова відповідей і помилок."),
    "help.json": ("Answer in JSON, errors too.", "Відповідати у JSON, помилки також."),
    "help.as": ("Sign in under this e-mail.", "Увійти під цією електронною адресою."),
    "help.cabinet": (
        "The cabinet to act from, as `cabinets` lists them.",
        "Кабінет, від якого діяти; їх показує `cabinets`.",
    ),
    "help.password-file": (
        "Read the password from a file's first line, or from standard input for -.",
        "Прочитати пароль із першого рядка файлу або зі стандартного входу, якщо -.",
    ),
    "help.init": (
        "Make the tables, the host's key and the first operator of the institute.",
        "Створити таблиці, ключ системи й першого оператора інституту.",
    ),
    "help.cabinets": (
        "List the cabinets you may enter.",
        "Показати кабінети, до яких ви маєте доступ.",
    ),
    "help.directory": ("The state's list of schools.", "Державний перелік закладів."),
    "help.directory.import": (
        "Bring the list up to date from a CSV file; exit code 1 if rows were refused.",
        "Оновити перелік із файлу CSV; код 1, якщо якісь рядки відхилено.",
    ),
    "help.authorities": (
        "Departments of education, their people, and the schools beneath them.",
        "Органи управління освітою, їхні працівники та підпорядковані заклади.",
    ),
    "help.authorities.create": (
        "Create an authority one level below your own.",
        "Створити орган управління на рівень нижче за ваш.",
    ),
    "help.authorities.appoint": (
        "Give a person a role outside schools, with a first password where they have none.",
        "Надати особі роль поза закладами й перший пароль, якщо його немає.",
    ),
    "help.authorities.dismiss": ("End a role outside schools.", "Припинити роль поза закладами."),
    "help.authorities.list": ("List the authorities.", "Показати органи управління."),
    "help.authorities.connections": (
        "Show how far the schools beneath an authority have come.",
        "Показати стан підключення підпорядкованих закладів.",
    ),
    "help.requests": ("Schools' requests to be connected.", "Запити закладів щодо підключення."),
    "help.requests.receive": (
        "Take messages in from files, a Maildir, or standard input (-).",
        "Прийняти листи з файлів, Maildir або стандартного входу (-).",
    ),
    "help.requests.list": ("List requests.", "Показати запити."),
    "help.requests.show": (
        "Show a request beside what the directory says.",
        "Показати запит поруч із відомостями переліку.",
    ),
    "help.requests.take": ("Begin the review.", "Узяти запит до розгляду."),
    "help.requests.complete": (
        "Enter items by hand, as when the letter was a photograph.",
        "Внести відомості вручну, наприклад коли лист був світлиною.",
    ),
    "help.requests.clarify": (
        "Ask the school for what is missing, and in your own words.",
        "Запитати заклад про те, чого бракує, або своїми словами.",
    ),
    "help.requests.approve": (
        "Approve: make the school and its administrator's role, and queue the invitation.",
        "Схвалити: створити заклад і роль адміністратора, поставити запрошення в чергу.",
    ),
    "help.requests.reject": (
        "Refuse the request with a reason.",
        "Відхилити запит із зазначенням причини.",
    ),
    "help.requests.withdraw": (
        "Close the request because the school took it back.",
        "Закрити запит, бо заклад його відкликав.",
    ),
    "help.requests.expire": (
        "Close the requests whose school did not answer in time.",
        "Закрити запити, на які заклад не відповів у строк.",
    ),
    "help.letters": ("The outbox.", "Вихідна скринька."),
    "help.letters.deliver": (
        "Hand every due letter over to the mail server once.",
        "Передати поштовому серверу кожен лист, чий час настав.",
    ),
    "help.letters.pass-on": (
        "Pass a letter on to the schools beneath your authority.",
        "Поширити лист серед підпорядкованих закладів.",
    ),
    "help.invitations": ("Invitations to roles in a school.", "Запрошення до ролей у закладі."),
    "help.invitations.list": ("List invitations that wait.", "Показати запрошення, що очікують."),
    "help.invitations.send": ("Offer a person a role by letter.", "Запросити особу листом."),
    "help.invitations.accept": (
        "Accept an invitation by the link in its letter.",
        "Прийняти запрошення за посиланням із листа.",
    ),
    "help.invitations.resend": (
        "Send an invitation again with a new term.",
        "Надіслати запрошення ще раз із новим строком.",
    ),
    "help.invitations.revoke": ("Take an invitation back.", "Відкликати запрошення."),
    "help.invitations.renew-rights": (
        "Add acts that a newer release gives a role to its grants in a school.",
        "Додати наявним ролям у закладі права, які з'явилися в новій версії.",
    ),
    "help.school": ("Setting a school up.", "Налаштування закладу."),
    "help.school.card": ("Show the card of the school.", "Показати картку закладу."),
    "help.school.list": (
        "List years, classes, subjects and staff with their identifiers.",
        "Показати роки, класи, предмети й працівників з ідентифікаторами.",
    ),
    "help.school.class-list": ("List the pupils of a class.", "Показати список класу."),
    "help.school.year": ("Set up a school year.", "Створити навчальний рік."),
    "help.school.class": ("Add a class.", "Додати клас."),
    "help.school.subgroup": ("Add a subgroup of a class.", "Додати підгрупу класу."),
    "help.school.subject": ("Add a subject.", "Додати предмет."),
    "help.school.staff": ("Add a member of the staff.", "Додати працівника."),
    "help.school.pupil": ("Add a pupil.", "Додати учня."),
    "help.school.enrol": (
        "Put a pupil on the list of a class by the head's order.",
        "Зарахувати учня до класу за наказом.",
    ),
    "help.school.guardian": (
        "Add a guardian with the first child.",
        "Додати одного з батьків або опікуна з першою дитиною.",
    ),
    "help.school.link": (
        "Tie a known guardian to one more child.",
        "Пов'язати відому особу ще з однією дитиною.",
    ),
    "help.school.journal-system": (
        "Keep another vendor's e-journal, or this one again, by the school's decision.",
        "Вести журнал іншого постачальника або знову цей, за рішенням закладу.",
    ),
    "help.journal": ("Class journals.", "Класні журнали."),
    "help.journal.open": ("Open a journal.", "Відкрити журнал."),
    "help.journal.list": ("List the journals you may read.", "Показати журнали, доступні вам."),
    "help.journal.show": ("Show the page of a journal.", "Показати сторінку журналу."),
    "help.journal.lesson": ("Enter a lesson.", "Записати урок."),
    "help.journal.topic": ("Give a lesson its topic.", "Записати тему уроку."),
    "help.journal.homework": ("Set homework.", "Записати домашнє завдання."),
    "help.journal.substitute": (
        "Let another teacher hold a lesson, or give it back.",
        "Призначити заміну уроку або зняти її.",
    ),
    "help.journal.column": (
        "Add a column that stands under no lesson.",
        "Додати колонку без уроку.",
    ),
    "help.journal.lesson-column": ("Add a column under a lesson.", "Додати колонку до уроку."),
    "help.journal.mark": ("Give a mark, or change one.", "Виставити або змінити оцінку."),
    "help.journal.absence": (
        "Note an absence, a late arrival, or that the pupil was there after all.",
        "Позначити відсутність, запізнення або те, що учень усе-таки був.",
    ),
    "help.journal.history": ("Show how a mark came to be what it is.", "Показати історію оцінки."),
    "help.export": (
        "Write the page of a journal through an exporter.",
        "Вивантажити сторінку журналу.",
    ),
    "help.diary": ("Pupils' diaries.", "Щоденники учнів."),
    "help.diary.show": ("Show a week of a diary.", "Показати тиждень щоденника."),
    "help.ledger": ("Ledgers and their seals.", "Ланцюги записів і печатки."),
    "help.ledger.verify": (
        "Prove ledgers and tables; exit code 1 if something does not agree.",
        "Перевірити ланцюги й таблиці; код 1, якщо щось не збігається.",
    ),
    "help.ledger.seal": (
        "Take a seal of every ledger, to be kept elsewhere.",
        "Зняти печатки ланцюгів, щоб зберігати їх окремо.",
    ),
    "help.ledger.feed": (
        "Show plug-ins what was committed since the last time.",
        "Передати розширенням, що записано з минулого разу.",
    ),
    "help.schema": (
        "The tables of the store, and the steps that bring them up to date.",
        "Таблиці сховища та кроки, якими їх оновлюють.",
    ),
    "help.schema.show": (
        "Show the step the tables are at, and those to come.",
        "Показати крок, на якому таблиці, і наступні кроки.",
    ),
    "help.schema.upgrade": (
        "Run the steps that are to come; make a copy of the database first.",
        "Виконати наступні кроки; перед цим зробіть копію бази.",
    ),
    "help.schema.sql": (
        "Print the SQL of those steps and run nothing.",
        "Показати SQL цих кроків і нічого не виконувати.",
    ),
    "help.demo": (
        "Play the whole procedure, from a school's letter to a diary week.",
        "Показати весь порядок: від листа закладу до тижня щоденника.",
    ),
    "help.arg.request": ("The request's identifier.", "Ідентифікатор запиту."),
    "help.arg.journal": ("The journal's identifier.", "Ідентифікатор журналу."),
    "help.arg.class": ("The class's identifier.", "Ідентифікатор класу."),
    "help.arg.lesson": ("The lesson's identifier.", "Ідентифікатор уроку."),
    "help.arg.pupil": ("The pupil's identifier.", "Ідентифікатор учня."),
    "help.arg.guardian": (
        "The guardian's identifier.",
        "Ідентифікатор одного з батьків або опікуна.",
    ),
    "help.arg.subject": ("The subject's identifier.", "Ідентифікатор предмета."),
    "help.arg.column": ("The column's identifier.", "Ідентифікатор колонки."),
    "help.arg.invitation": ("The invitation's identifier.", "Ідентифікатор запрошення."),
    "help.arg.grant": ("The grant's identifier.", "Ідентифікатор наданої ролі."),
    "help.arg.substitute": (
        "The substitute's identifier; without one the lesson goes back.",
        "Ідентифікатор того, хто заміняє; без нього заміну знято.",
    ),
    "help.arg.members": ("Identifiers of the pupils in it.", "Ідентифікатори учнів підгрупи."),
    "help.arg.file": ("The file to read.", "Файл, який прочитати."),
    "help.arg.messages": (
        "Files with messages, or - for standard input.",
        "Файли з листами або - для стандартного входу.",
    ),
    "help.arg.label": ("The class as it is called, such as 5-А.", "Назва класу, наприклад 5-А."),
    "help.arg.homework": ("The homework.", "Домашнє завдання."),
    "help.arg.mark": (
        "The mark as it stands in a journal: 7, Н/А, зар, В.",
        "Оцінка, як у журналі: 7, Н/А, зар, В.",
    ),
    "help.arg.diary": (
        "Whose diary; your own or your only child's if left out.",
        "Чий щоденник; без цього ваш або вашої єдиної дитини.",
    ),
    "help.opt.name": (
        "What it is called; a person's names in full.",
        "Назва, а для особи прізвище, ім'я, по батькові.",
    ),
    "help.opt.person": ("Family name, given name, patronymic.", "Прізвище, ім'я, по батькові."),
    "help.opt.email": ("The e-mail address.", "Електронна адреса."),
    "help.opt.phone": ("The telephone.", "Телефон."),
    "help.opt.day": ("The day.", "День."),
    "help.opt.today": ("The day; today if left out.", "День; без нього сьогоднішній."),
    "help.opt.state": ("Only those in this state.", "Лише в цьому стані."),
    "help.opt.words": ("What to ask, in your own words.", "Запитання своїми словами."),
    "help.opt.reason": ("Why it is refused.", "Причина відмови."),
    "help.opt.act": (
        "An act that the role has gained since; may be repeated.",
        "Право, яке роль відтоді отримала; можна вказати кілька разів.",
    ),
    "help.opt.away": ("Why the lesson's own teacher was away.", "Чому вчителя не було."),
    "help.opt.maildir": ("The Maildir to read.", "Папка Maildir, з якої читати."),
    "help.opt.decision-number": (
        "The number of the school's own decision.",
        "Номер рішення закладу.",
    ),
    "help.opt.decision-day": ("The day of that decision.", "Дата рішення закладу."),
    "help.opt.vendor": (
        "The other e-journal; left out, this one is kept.",
        "Інший журнал; без цього ведеться цей.",
    ),
    "help.opt.mailer": (
        "The mail server, as smtp://host:587; with a password better in EJOURNAL_MAILER.",
        "Поштовий сервер, як smtp://host:587; з паролем краще через EJOURNAL_MAILER.",
    ),
    "help.opt.limit": ("At most so many letters.", "Не більше стількох листів."),
    "help.opt.subject-line": ("The subject of the letter.", "Тема листа."),
    "help.opt.text": (
        "A file with the text, paragraphs apart by blank lines.",
        "Файл із текстом; абзаци розділено порожніми рядками.",
    ),
    "help.opt.role": ("The role.", "Роль."),
    "help.opt.as-whom": (
        "The staff member, pupil or guardian as whom the person acts.",
        "Працівник, учень або один із батьків, від чийого імені діє особа.",
    ),
    "help.opt.school": ("The school, for the institute.", "Заклад, якщо діє інститут."),
    "help.opt.chain": (
        "Only this school's ledger; 0000000000000 is the registry's.",
        "Лише ланцюг цього закладу; 0000000000000 для реєстру.",
    ),
    "help.opt.since-step": (
        "The step the tables are at; without it the store is asked.",
        "Крок, на якому таблиці; без нього буде спитано сховище.",
    ),
    "help.opt.how": (
        "Keep the link, or make a new one and kill the old.",
        "Лишити посилання (keep) чи замінити новим (rotate).",
    ),
    "help.opt.link-file": (
        "Read the link from a file's first line, or from standard input for -.",
        "Прочитати посилання з першого рядка файлу або зі стандартного входу, якщо -.",
    ),
    "help.opt.new-password": (
        "Read the person's first password from a file, or from standard input for -.",
        "Прочитати перший пароль особи з файлу або зі стандартного входу, якщо -.",
    ),
    "help.opt.authority": ("The authority's identifier.", "Ідентифікатор органу управління."),
    "help.opt.code": (
        "The code under which the directory names it.",
        "Код, під яким його називає перелік.",
    ),
    "help.opt.level": ("Its level.", "Рівень."),
    "help.opt.region": ("The region.", "Область."),
    "help.opt.first": ("The first day.", "Перший день."),
    "help.opt.last": ("The last day.", "Останній день."),
    "help.opt.semesters": (
        "A semester's first and last day; once for each, in order.",
        "Перший і останній день семестру; по разу на кожен, за порядком.",
    ),
    "help.opt.holiday": (
        "Holidays: name, first and last day.",
        "Канікули: назва, перший і останній день.",
    ),
    "help.opt.bells": (
        "A shift's first bell and its breaks; once for each shift.",
        "Початок зміни та перерви; по разу на кожну зміну.",
    ),
    "help.opt.minutes": ("Minutes in a lesson.", "Хвилин в уроці."),
    "help.opt.form": ("The form of study.", "Форма здобуття освіти."),
    "help.opt.year": ("The year's identifier.", "Ідентифікатор навчального року."),
    "help.opt.leader": ("The class teacher's identifier.", "Ідентифікатор класного керівника."),
    "help.opt.shift": ("The shift.", "Зміна."),
    "help.opt.short": ("A short name.", "Коротка назва."),
    "help.opt.base": (
        "The subject of the typical curriculum.",
        "Предмет типового навчального плану.",
    ),
    "help.opt.assessed": ("How achievements are stated.", "Спосіб оцінювання."),
    "help.opt.position": ("The position.", "Посада."),
    "help.opt.born": ("The day of birth.", "Дата народження."),
    "help.opt.sex": ("The sex.", "Стать."),
    "help.opt.since": ("The first day in the class.", "Перший день у класі."),
    "help.opt.order-number": ("The number of the head's order.", "Номер наказу."),
    "help.opt.order-date": ("The date of the head's order.", "Дата наказу."),
    "help.opt.relation": ("What the person is to the child.", "Ким особа доводиться дитині."),
    "help.opt.semester": ("The number of the semester.", "Номер семестру."),
    "help.opt.teacher": ("The teacher's identifier.", "Ідентифікатор учителя."),
    "help.opt.second": ("The second teacher's identifier.", "Ідентифікатор другого вчителя."),
    "help.opt.subgroup": ("The subgroup's identifier.", "Ідентифікатор підгрупи."),
    "help.opt.ids": ("Show identifiers too.", "Показати й ідентифікатори."),
    "help.opt.bell": ("The number of the bell.", "Номер уроку за розкладом дзвінків."),
    "help.opt.topic": ("The topic.", "Тема."),
    "help.opt.plan-no": ("The number in the plan.", "Номер за планом."),
    "help.opt.due": ("The lesson it is for.", "Урок, на який задано."),
    "help.opt.kind": ("What its marks are for.", "Вид оцінок у колонці."),
    "help.opt.title": ("A title in place of the usual one.", "Заголовок замість звичайного."),
    "help.opt.group": ("The number of the group of results.", "Номер групи результатів."),
    "help.opt.comment": ("Words to the mark.", "Слова до оцінки."),
    "help.opt.absence": ("Why the pupil was not there.", "Причина відсутності."),
    "help.opt.late": ("Minutes late.", "Хвилин запізнення."),
    "help.opt.remote": ("The pupil took part at a distance.", "Учень був на уроці дистанційно."),
    "help.opt.present": ("The pupil was there in time after all.", "Учень усе-таки був вчасно."),
    "help.opt.excuse": ("The reason that was given.", "Пояснення, яке надано."),
    "help.opt.format": ("The exporter's name.", "Назва формату вивантаження."),
    "help.opt.output": (
        "The file to write; standard output if left out.",
        "Файл для запису; без нього стандартний вихід.",
    ),
    "help.opt.seal": ("A file with seals taken before.", "Файл із печатками, знятими раніше."),
    "help.opt.demo-store": (
        "The store to play on, said after `demo`; a SQLite file in the folder if left out.",
        "Сховище для показу, після слова `demo`; без нього файл SQLite у папці.",
    ),
    "help.opt.folder": (
        "The folder to leave everything in; a new one if left out.",
        "Папка, де все лишити; без неї нова.",
    ),
}
