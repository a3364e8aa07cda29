//! Words of every day, which no name of goods is misheard as: "every" is itself, and no "pour over".

/// Whether a word is itself, however like a name it sounds.
pub(super) fn is_everyday(word: &str) -> bool {
    EVERYDAY.split(' ').any(|known| known == word)
}

const EVERYDAY: &str = "about account address after again all already also always am any anything are arrive arrived ask at away back \
    bad be because been before better but buy by call called calling calls came cancel card care change charge \
    charged check come comes cost costs day days deliver delivered deliveries delivery did didn't do does doing \
    don't done either else ever every everything few find first forget from gave give go going gone good got had \
    hang happened has hear hello help her here hi him his hold home hope how i'd i'll i'm i've if it's just keep \
    know last late later let like little long look looking lost mail maybe mean mine minute money month months \
    morning much name never new next nice nothing now number off okay old only or other our out over package paid \
    part pause pay people phone possible price prices problem put question really refund return right same say see send \
    sent service she ship shipped ships should skip so something soon sorry speak stale start still stop store sure \
    take talk tell thank thanks that's their them then there they thing think time today tomorrow too track tried \
    try two under until up us use usual very wait was way we week weeks well went were what's when where's which \
    who why will work works wrong year yesterday yet your yours";
