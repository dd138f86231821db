-- Who vouched for somebody who is asked for a second factor yet: a provider's name in the settings, or `directory`. Null after a
-- password of ours, and for whom an older version asks.
alter table sign_in_challenges add column through text;
