"""What people call the column of questions and the column of answers, in many languages; the surest names first.

Knows nothing else.
"""

from __future__ import annotations

_QUESTIONS = """
question questions q frage fragen pregunta preguntas domanda domande pergunta perguntas vraag vragen pytanie
otázka otázky fråga spørgsmål spørsmål kysymys soru kérdés întrebare вопрос вопросы питання запитання въпрос
ερώτηση سؤال السؤال שאלה प्रश्न 質問 問題 問 問い 质问 问题 提问 问 질문 문제 câu_hỏi pertanyaan ask
prompt instruction instructions anweisung instrucción consigne query anfrage front vorderseite
input eingabe entrada entrée human user nutzer usuario utilisateur
"""
_ANSWERS = """
answer answers a antwort antworten respuesta respuestas réponse réponses reponse risposta risposte resposta
respostas antwoord antwoorden odpowiedź odpověď odpovědi svar vastaus cevap yanıt válasz răspuns ответ ответы
відповідь отговор απάντηση جواب إجابة الإجابة תשובה उत्तर 回答 答え 答案 答 答复 답변 답 대답 정답 câu_trả_lời
jawaban response responses reply replies completion output ausgabe salida sortie back rückseite assistant
gpt bot model target solution lösung chosen
"""
QUESTIONS = tuple(_QUESTIONS.split())
ANSWERS = tuple(_ANSWERS.split())
BESIDES = frozenset(
    {"id", "nr", "no", "name", "tags", "category", "kategorie", "source", "quelle", "date", "topic", "thema"}
)
"""What people call the other columns: a sign that the row is a header."""
