/* mail_words_bounce.c - what mail systems write when they give a mail back. */
#include "judge/mail_words.h"

#include "ground/mem.h"

const struct mail_words mail_bounce_senders[] = {
	{ "any", "mailer-daemon|mailer daemon|mailerdaemon|maildaemon|mail-daemon|mail daemon|postmaster|mail delivery|maildelivery|mail.delivery|delivery subsystem|bounce|mdaemon|"
	    "mail administrator|system administrator|mail system|mail-system|mailsystem|delivery-status|noreply-dmarc|mail router|mta@|smtp@|undeliverable|undelivered|"
	    "zustellung|courrier|mail-gateway|internet mail delivery|microsoft exchange|returned mail|mailadm|mail_daemon|daemon@|message-delivery|dispatch@|majordomo-errors|\"root\"|"
	    "microsoftexchange|email server|mail server|mailserver|delivery service|mailgateway|errors@|e500_smtp_mail_service" },
};
const size_t mail_bounce_senders_count = COUNT(mail_bounce_senders);

const struct mail_words mail_bounce_subjects[] = {
	{ "English", "undeliver*|*undeliverable*|*undelivered mail*|*returned mail*|returned to sender*|*delivery status notif*|*mail delivery fail*|*delivery fail*|*failure notice*|*delivery notification*|"
	    "*mail delivery *|*message delivery fail*|*returning message to sender*|mail system error*|*could not be delivered*|*delivery report*|failed mail*|mail failure*|*nondeliverable*|*non-delivery*|"
	    "*not delivered*|*unable to deliver*|*delivery problem*|*delivery error*|warning: could not send*|*delayed*|warning: message *|*undelivered message*|"
	    "*rejected*|mail could not*|message status*|*delivery unsuccessful*|*user unknown*|*returned message*|*mail error*|*delivery has failed*|*delivery of * failed*|*bounced*|*error sending*|*delivery attempt*|"
	    "*message you sent blocked*|*failed delivery*|*couldn't be delivered*|*unknown recipient*|*invalid recipient*|*error in message*|*permanent delivery fail*|*email delivery*|there was an error sending your mail*|"
	    "dsn:*|ndn:*|ndr:*|*mailbox full*|*mailbox is full*|*address error*|*undelivarable*|*delivery incident*|mdaemon notification*|*mail returned*|*failed to deliver*|*delivery expired*|*can't be delivered*|*cannot be delivered*|*message not deliver*|*transient*delivery*" },
	{ "German", "*unzustellbar*|*nicht zugestellt*|*zustellung*fehlgeschlagen*|*konnte nicht*zugestellt*|*zustellfehler*|*nachricht nicht zugestellt*|*unzustellbarkeit*|*zustellung*verzögert*|*fehler bei der zustellung*|*übermittlung*fehlgeschlagen*|*zustellungsbenachrichtigung*" },
	{ "French", "*non remis*|*échec de la remise*|*non distribu*|*échec de remise*|*échec de distribution*|*courrier non remis*|*notification d'échec*|*état de remise*|*remise du message*|*message non remis*|*retour à l'expéditeur*|*echec de la remise*" },
	{ "Spanish", "*no se puede entregar*|*no entregado*|*error de entrega*|*correo devuelto*|*notificación de estado de entrega*|*mensaje devuelto*|*no se ha podido entregar*|*fallo en la entrega*|*no entregable*|*error en la entrega*|*entrega fallida*" },
	{ "Italian", "*non recapitabile*|*mancata consegna*|*errore di consegna*|*impossibile recapitare*|*avviso di mancata consegna*|*mancato recapito*|*non è stato recapitato*|*consegna non riuscita*|*mail non consegnata*|*rapporto di mancato recapito*" },
	{ "Portuguese", "*não entregue*|*não foi possível entregar*|*falha na entrega*|*não foi entregue*|*mensagem devolvida*|*e-mail não entregue*|*aviso de falha*|*não é possível entregar*|*falha de entrega*" },
	{ "Dutch", "*niet bezorgd*|*onbestelbaar*|*kan niet worden bezorgd*|*niet afgeleverd*|*bezorging mislukt*|*bestelling mislukt*|*afleveren mislukt*" },
	{ "Nordic", "*kan ikke leveres*|*ikke leveret*|*kunne ikke leveres*|*kunde inte levereras*|*gick inte att leverera*|*olevererat*|*kan inte levereras*|*levering mislykkes*|*levering feilet*|*ikke levert*|*leveransfel*|*ei voitu toimittaa*|*toimitus epäonnistui*|*perille toimittamaton*|*ikke levér*|*ej levererad*" },
	{ "Polish", "*niedostarczone*|*nie można dostarczyć*|*zwrot wiadomości*|*nie dostarczono*|*nie została dostarczona*|*niedostarczalne*|*błąd dostarcz*|*niedoręczone*" },
	{ "Czech", "*nedoručitelné*|*nedoručená*|*nelze doručit*|*nedoručiteľné*|*nedoručeno*|*nebylo možné doručit*|*nepodařilo se doručit*|*nedoručena*" },
	{ "Hungarian", "*kézbesíthetetlen*|*nem kézbesíthető*|*sikertelen kézbesítés*|*nelivrat*|*nu a putut fi livrat*|*nije isporučen*|*neisporučen*|*nedostavljiv*|*edastamata*|*nepiegād*|*nepristatyt*" },
	{ "Russian", "*не доставлено*|*недоставлен*|*не удается доставить*|*ошибка доставки*|*не может быть доставлено*|*не доставлен*|*невозможно доставить*|*не вдалося доставити*|*возврат почты*|*сообщение не доставлено*|*недоставляем*|*не было доставлено*" },
	{ "Turkish", "*teslim edilemedi*|*teslim edilemiyor*|*iletilemedi*|*gönderilemedi*|*δεν παραδόθηκε*|*αποτυχία παράδοσης*|*δεν είναι δυνατή η παράδοση*|*αδύνατη η παράδοση*" },
	{ "Chinese", "*系统退信*|*退信*|*无法送达*|*無法傳遞*|*未送达*|*无法投递*|*未傳遞*|*投递失败*|*傳送失敗*|*发送失败*|*寄送失敗*|*无法传递*|*退件*|*未能投递*" },
	{ "Japanese", "*配信不能*|*配信できません*|*配信エラー*|*送信エラー*|*配信されませんでした*|*未達*|*エラーメール*|*配達不能*|*配信に失敗*|*送信失敗*|*メールエラー*|*不達*" },
	{ "Korean", "*배달되지 않음*|*반송*|*전송 실패*|*배달할 수 없*|*배달 실패*|*전달할 수 없*|*발송 실패*|*메일 발송이 실패*" },
	{ "other", "*không thể gửi*|*gửi không thành công*|*tidak terkirim*|*gagal terkirim*|*לא ניתן למסור*|*تعذر تسليم*|*فشل تسليم*|*ส่งไม่ได้*" },
};
const size_t mail_bounce_subjects_count = COUNT(mail_bounce_subjects);

/* Lines that say: a mail was not delivered, and mostly: to the addresses that follow. */
const struct mail_words mail_bounce_phrases[] = {
	{ "English", "had permanent fatal errors|following list of recipients|error has occurred while attempting|had transient non-fatal errors|had fatal errors|had delivery problems|could not be delivered|couldn't be delivered|did not reach the following|unable to deliver|not able to deliver|"
	    "wasn't able to deliver|was not able to deliver|delivery to the following|delivery failed|following address(es) failed|following addresses failed|following recipients|following recipient|failed recipient|"
	    "following addresses|following address|following users|following person|not delivered to|was not delivered|were not delivered|cannot be delivered|can not be delivered|could not deliver|couldn't deliver|cannot deliver|can't deliver|"
	    "undeliverable to|undeliverable address|returned to you|error delivering|delivery error|delivery of the following|failed to deliver|failed permanently|failure delivering|error occurred while|delivery to this address|"
	    "trouble delivering|unable to send|unable to be delivered|message to the following|has been rejected|was rejected|permanent errors|permanent error|message undeliverable|your message wasn't delivered|your message to|your mail to|your email to|"
	    "message could not|mail could not|email could not|delivery has failed|was undeliverable|is undeliverable|address was not found|address not found|failed addresses|failed address|not been delivered|were unable to|we are unable|"
	    "recipient address rejected|no such user|user unknown|unknown user|undelivered|delivery failure|rejected recipient|rejected your message|bounced|undeliverable|delivery status|rejecting|problem delivering|problems delivering|could not be sent|failed delivery|"
	    "invalid final delivery userid|unknown address|unknown recipient|mailbox is full|mailbox full|not delivered for|delivery attempt|address(es) failed|recipient(s) failed|delevery to|recipient(s)|not deliverable|intended recipient|couldn't find|does not exist|quota exceeded|over quota|"
	    "has not yet been delivered|message delayed|delivery delayed|not find your recipient|return your message|error sending|failed to send|addressed to|name is invalid|cannot be reached|not a valid|was blocked|blocked by|rejected by|is not valid|is invalid|delivery error" },
	{ "German", "nicht zugestellt|zustellung fehlgeschlagen|konnte nicht|folgende empfänger|an die folgenden|folgenden empfänger|unzustellbar|nicht ausgeliefert|fehler bei der zustellung|folgende adresse|nicht erreicht|folgender adresse|folgenden adressen|konnten nicht|die adresse" },
	{ "French", "n'a pas pu être|n'a pas été remis|destinataires suivants|destinataire suivant|n'a pas pu etre|impossible de remettre|échec de la remise|n'ont pas reçu|adresse suivante|non distribu|pas atteint|destinataire(s)|pas être délivré" },
	{ "Spanish", "no se pudo entregar|no ha podido|no pudo ser entregado|siguientes destinatarios|siguiente destinatario|no se ha podido|no se puede entregar|no fue entregado|no llegó|destinatario(s)|no ha sido entregado" },
	{ "Italian", "non è stato possibile|destinatari seguenti|seguenti destinatari|non è stato recapitato|non recapitabile|impossibile recapitare|non ha potuto|seguente indirizzo|non consegnat" },
	{ "Portuguese", "não foi possível entregar|não pôde ser entregue|seguintes destinatários|seguinte destinatário|não foi entregue|não pode ser entregue|não chegou|falha na entrega|os destinatários" },
	{ "Dutch", "niet worden bezorgd|niet worden afgeleverd|niet bezorgd|volgende geadresseerden|volgende ontvangers|kon niet|niet afgeleverd|onbestelbaar" },
	{ "Nordic", "kunne ikke leveres|kan ikke leveres|følgende modtager|følgende mottaker|kunde inte levereras|följande mottagare|gick inte att leverera|ei voitu toimittaa|seuraaville vastaanottajille|ikke levert|ikke leveret|nådde inte" },
	{ "Slavic", "nie może zostać dostarczona|nie dostarczono|nie została dostarczona|nie można dostarczyć|następujących adresatów|nelze doručit|nebyla doručena|nebylo možné|nepodařilo se|následujícím příjemcům|nie je možné doručiť|nebolo možné|не удалось доставить|не может быть доставлено|не доставлено|не было доставлено|следующим получателям|не доставлен|не вдалося доставити|nije isporučen|nije moguće" },
	{ "other", "teslim edilemedi|iletilemedi|gönderilemedi|aşağıdaki alıcı|δεν ήταν δυνατή|δεν παραδόθηκε|nem kézbesíthető|nem sikerült|következő címzett|nu a putut fi livrat|următorii destinatari" },
	{ "Chinese", "无法投递|无法送达|無法傳遞|未能投递|投递失败|无法发送|没有送达|退回|不能投递|发送失败|未送达|退信原因|無法送達|无法传递|不存在|未能送达" },
	{ "Japanese", "配信できません|配信されませんでした|配信不能|送信できません|送信できませんでした|届きませんでした|配送できません|届けることが|送れません|エラー|宛先|配信に失敗|メールアドレス" },
	{ "Korean", "배달되지|배달할 수 없|전송되지|전달할 수 없|반송|전송하지 못|보낼 수 없|발송되지|전달되지" },
};
const size_t mail_bounce_phrases_count = COUNT(mail_bounce_phrases);

const struct mail_words mail_bounce_original[] = {
	{ "any", "below this line is a copy of the message|this is a copy of the message|this is a copy of your message|original message follows|copy of the original message|header of the original message|headers of the original message|"
	    "message headers follow|message header follows|original message header|unsent message below|start of returned message|returned message header|start of original message|undelivered message headers|your original message|"
	    "a copy of your message|returned mail follows|the header and top|header and beginning|original mail header|the original message follows|message returned below|returned content|"
	    "original message text|-----message header|--- message header|unsent message follows|the following is a copy|forwarded message below|the body of the message|the text of the message|first lines of the original|"
	    "-----original message|----- original message|--- original message|---- original message|original message:|original headers:|received: by|received: from|received:from|message header:|*** original message|"
	    "header information from|your message was:|mail header ---|original message contents|------ this is a copy|--- header of|begin message|-- message header|original-envelope|copy of message|original header|message contents follow|"
	    "ursprüngliche nachricht|original mail follows|undeliverable message follows|rejected message follows|text of original message|message follows:|the original message was:|message headers:|original email|enclosed is|"
	    "diagnostic information for administrators was|content-type: message/rfc822|content-type: text/rfc822-headers|(unsent message|=== original|top of the message|header section of|元のメッセージ|原始邮件|原始信件|--- original mail|送信メッセージ|original mail" },
};
const size_t mail_bounce_original_count = COUNT(mail_bounce_original);

const struct mail_words mail_list_robots[] = {
	{ "any", "*-owner|*-admin|*-bounces|*-request|*-help|*-ctl|owner-*|request-*|majordomo|majordomo-owner|majordom|listserv|listserver|sympa|sympa-request|mailman|mailman-owner|ezmlm|lists|listmaster" },
};
const size_t mail_list_robots_count = COUNT(mail_list_robots);

const struct mail_words mail_list_refusals[] = {
	{ "English", "not allowed to post|automatically rejected|you are not a member of|are not member|you are not subscribed|not a subscriber|is not subscribed to|posting to this list is|only members|only subscribers|"
	    "non-members are not allowed|not authorized to send|not authorised to send|not authorized to post|duplicated message-id|message has been rejected|message was rejected|posting has been rejected|post has been rejected|"
	    "rejected by the list|message rejected by the moderator|not permitted to post|must be a subscriber|restricted to members|no such list|unknown list|list does not exist" },
	{ "German", "nicht berechtigt, an diese|dürfen nicht an diese|nicht mitglied|keine berechtigung|wurde automatisch abgelehnt|wurde abgelehnt|nachricht an die mailingliste|nur für mitglieder" },
	{ "French", "pas autorisé à poster|n'êtes pas autorisé|n'êtes pas abonné|a été rejeté|rejeté automatiquement|réservé aux abonnés" },
	{ "Spanish", "no está autorizado|no puede enviar mensajes a esta lista|rechazado automáticamente|ha sido rechazado|sólo los suscriptores|no está suscrito" },
	{ "Italian", "non è consentito inviare|non sei iscritto|rifiutato automaticamente|è stato rifiutato|riservata agli iscritti" },
	{ "Japanese", "メンバーではありません|投稿できません|投稿は拒否|登録されていません|投稿する権限がありません" },
};
const size_t mail_list_refusals_count = COUNT(mail_list_refusals);

const struct bounce_reason mail_bounce_reasons[] = {
	{ "5.1.1", true, "user unknown|unknown user|no such user|no such recipient|unknown recipient|recipient unknown|user not found|no such mailbox|mailbox not found|mailbox does not exist|does not exist|doesn't exist|no mailbox here|not a known user|no such address|unknown local|"
	    "invalid recipient|recipient not found|not found in|address unknown|unknown address|invalid mailbox|mailbox unavailable|mailbox not available|unrouteable address|bad destination|user doesn't|not our customer|no account|unknown account|account not found|not listed in|invalid user|"
	    "unknown in|not exist|recipient rejected|user is unknown|no valid recipients|address rejected|bad address|undeliverable address|unknown or illegal|not known at this|no existe|n'existe pas|existiert nicht|unbekannt|non esiste|不存在|存在しません|bestaat niet|recipnotfound|is not a valid|unknown alias|this user|undefined mail|not recognized|name not found|"
	    "wasn't found|couldn't be found|could not be found|was not found|invalid address|not a valid user|there is no|mail address is|unable to find recipient|no matches to nameserver|address could not be found|宛先不明|見つかりません" },
	{ "5.2.2", true, "mailbox full|mailbox is full|over quota|quota exceeded|exceeded storage|exceeds quota|overquota|mail box full|user is over|quota|storage allocation|account is full|disk space|too much mail|mailbox exceeds|inbox is full|out of storage|mailbox has exceeded|box is full|voll|llena|plein|満杯|已满|mailfolder is full|mailbox size" },
	{ "5.2.1", true, "mailbox disabled|account disabled|account is disabled|account inactive|mailbox is inactive|inactive|suspended|account has been|deactivated|not active|mailbox is disabled|is disabled|not accepting|unavailable to take|currently suspended|user is suspended|no longer|account expired|refused to accept|frozen|locked" },
	{ "5.1.2", true, "host unknown|unknown host|host not found|domain not found|no such domain|name or service not known|unknown domain|domain does not exist|no mx|mx record|dns lookup failure|domain must resolve|cannot find|nxdomain|could not find a gateway|unrouteable mail domain|unable to route|name service error|hostname lookup|bad destination system|host name|couldn't find any host|illegal host|dns error|no dns" },
	{ "5.3.4", true, "too large|too big|message size|exceeds the maximum|size exceeds|exceeds size|maximum size|size limit|larger than|message length|exceed" },
	{ "4.4.7", false, "still trying|will be retried|temporarily|try again|deferred|greylist|later|delayed|rate limit|busy|will keep trying|not yet been" },
	{ "5.4.7", true, "expired|timed out|timeout|time out|too long|retry time|gave up|giving up|not responding|connection refused|could not connect|couldn't connect|unreachable|no route to host|queue lifetime|in the queue|connection reset|network|establish an smtp|no answer from host|lost connection|connection dropped|host not reachable|failing for a long time" },
	{ "5.7.1", true, "spam|blacklist|blocklist|block list|blocked|black list|blocked using|reputation|junk|unsolicited|rbl|spamhaus|policy|not authorized|not permitted|access denied|denied|relaying|relay access|rejected|refused|prohibited|dmarc|spf |dkim|virus|banned|content filter|not allowed|content|administrative|security|reverse dns|ptr record|authentication required|unauthorized|disallowed|forbidden|filtered|message refused" },
	{ "5.4.6", true, "loop|too many hops|hop count|too many received" },
	{ "5.3.0", true, "system error|internal error|local error|configuration error|cannot open|i/o error|service unavailable|unable to create|unexpected failure|command rejected|not supported|protocol error|syntax error|bad sequence|aliasing|delivery agent|exit status|child status|pipe" },
};
const size_t mail_bounce_reasons_count = COUNT(mail_bounce_reasons);
