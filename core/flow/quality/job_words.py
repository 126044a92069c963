"""Words of job titles by seniority and by function: a star stands for any letters, a hyphen for the space in a title.

Both tables are in the order in which they are looked through.
"""

from __future__ import annotations

SENIORITY = """
intern: intern internship trainee praktikant* werkstudent* azubi auszubildende* stagiaire stagista becari* practicante estagiari*
  stagiair* apprentic* apprenti alternant* lehrling* volontar* working-student aprendiz tirocinante
c_level: ceo cfo cto cio cmo coo cro cpo ciso chro cdo cco cso clo cao chief c-level founder co-founder cofounder owner president
  proprietor geschaftsfuhr* geschaeftsfuehr* gf inhaber* vorstand* grunder* gruender* gesellschafter* pdg dg president-directeur
  directeur-general directrice-generale fondateur fondatrice co-fondateur cofondateur gerant gerante director-general directora-general
  director-ejecutivo directora-ejecutiva consejero-delegado fundador* cofundador* propietari* dueno duena presidente presidenta
  amministratore amministratrice amministratore-delegato titolare fondatore socio-fondatore eigenaar* oprichter* directeur-eigenaar
  bestuurder* zaakvoerder* diretor-geral diretora-geral diretor-executivo proprietari* dono managing-director managing-partner
  general-manager executive-director chairman chairwoman chairperson md
vp: vp svp evp avp vice-president vice-presidente vice-presidenta vicepresident* vizeprasident* bereichsvorstand viceprasident*
director: director directora direktor* directeur directrice direttore direttrice diretor diretora dir prokurist* partner
head: head leiter* leitung leitend* *leiter *leiterin *leitung chef cheffe hoofd jefe jefa responsable responsabile responsavel
  verantwortlich* *verantwortliche* *verantwortlicher capo lead chefe
manager: manager* *manager *managerin mgr supervisor* superviseur* team-lead teamlead teamleader team-leader teamleiter* teamleiding
  gerente gestor* encargado encargada coordinator* koordinator* coordinateur coordinatrice coordinador* coordinatore coordenador*
  gruppenleiter* leidinggevende foreman meister capo-reparto capoufficio
senior: senior sr principal expert* experte* sachverstandig* specialist* spezialist* specialista especialista specialiste
entry: junior jr entry entry-level berufseinsteiger* debutant* graduate neolaureat* starter aspirant*
"""
FUNCTIONS = """
procurement: procurement purchas* buyer* sourcing einkauf* einkaufer* achat* acheteu* compras comprador* acquisti buyer inkoop* inkoper*
  supply beschaffung* category
legal: legal lawyer* attorney* counsel compliance paralegal notar* jurist* juridi* avocat* abogad* avvocat* advocaat advogad*
  rechtsanwalt* rechtsanwaltin syndik* recht rechts* privacy datenschutz* notaio notaire clo legale
hr: hr chro human-resources people talent recruit* personal personal* personnel rh rrhh recursos-humanos risorse-umane ressources-humaines
  personeel* personeelszaken ausbildung* weiterbildung* payroll lohn* gehalt* hrbp rekrut* reclut*
finance: finance financ* finanz* finanza finanze cfo accountant* accounting accounts controll* controle* contrôle*
  treasur* tax audit* bookkeep* buchhalt*
  rechnungswesen* comptab* contab* boekhoud* steuer* fiscal* revisor* tesorer* financeiro investor* fiscaal*
marketing: marketing cmo brand content seo sea sem ppc social-media communication* kommunikation* comunicaci* comunicazione comunicacao
  communicatie* pr public-relations campaign* growth presse* advertising werbung* mercadotecnia demand digital-marketing event* media
  pressesprecher* *marketing
sales: sales seller* selling vertrieb* *vertrieb verkauf* verkaufer* verkoop* verkoper* vente* vendeu* ventas vendedor* vendit* vendas
  commercial* comercial* commerciale commercieel kommerziell* account-executive account-manager* key-account* business-development bdr sdr
  cro aussendienst* innendienst* kundenberat* representative* representante* rappresentante ausendienst* partnerships alliances
support: support helpdesk help-desk service-desk customer-success customer-service customer-support customer-care customer-experience
  kundenservice* kundendienst* kundenbetreu* klantenservice* service-client atencion-al-cliente assistenza suporte csm
it: it cio ciso cto edv informati* administrator* sysadmin* system-administrator* systemadministrator* devops security cyber* network*
  netzwerk* infrastructure cloud database* dba sre tech-lead ict sicherheit* sistemas sistemista systembetreu* erp crm* salesforce* sap
product: product produkt* produit* producto prodotto produto produktmanag* produktverantwortlich* cpo scrum* agile
engineering: engineer* engineering ingenieur* ingeniero* ingeniera* ingegner* engenheir* developer* desarrollador* sviluppator*
  desenvolvedor* entwickl* *entwickler *entwicklerin developpeu* ontwikkelaar* programm* software architect* architekt* architecte
  arquitect* architetto technik* technisch* techni* konstruk* data machine-learning ml ai qa tester* frontend backend fullstack full-stack
  r&d
operations: operation* coo operativ* betrieb* betriebsleiter* logisti* produktion* production* produccion produzione producao fertigung*
  manufactur* plant warehouse* lager* quality qualitat* qualite calidad qualita versand* facility facilities maintenance wartung*
  instandhaltung* werkleiter* werksleiter* project projekt* projet proyecto* progett* projeto* pmo program operaciones bedrijfs*
design: design* designer* ux ui creative* kreativ* grafik* graphi* grafico diseno* disenador* gestalt* vormgev*
research: research* forsch* recherche chercheu* investigador* ricerc* pesquis* onderzoek* scientist* wissenschaft* science laborant*
  chemist* physicist*
education: teacher* lehrer* professor* professeur* profesor* docent* dozent* lecturer* enseignant* maestr* leraar* education schulleiter*
  trainer*
health: doctor* physician* nurse* arzt* arztin medic* medecin* medico* infirmi* pfleg* krankenschwester enfermer* infermier* verpleeg*
  pharma* apotheker* dentist* zahnarzt*
consulting: consult* berater* beratung* conseil* consultor* adviser* advisor* adviseur* *berater *beraterin
administration: assistant* assistenz* assistent* asistente* assistente* secretar* sekretar* secretair* office empfang* reception*
  verwaltung* administrati* sachbearbeit* clerk* buro* bureau segretari*
executive: ceo founder* co-founder cofounder owner* president* managing-director managing-partner general-manager geschaftsfuhr*
  geschaeftsfuehr* gf inhaber* vorstand* grunder* gruender* gesellschafter* pdg dg directeur-general directrice-generale
  president-directeur fondateur fondatrice gerant gerante director-general directora-general director-ejecutivo directora-ejecutiva
  consejero-delegado fundador* cofundador* propietari* dueno duena amministratore amministratrice amministratore-delegato titolare
  fondatore eigenaar* oprichter* bestuurder* zaakvoerder* diretor-geral diretora-geral diretor-executivo proprietari* dono chairman
  chairwoman chairperson executive-director chief-executive md direktor* directeur directrice direttore direttrice diretor diretora
  director directora managing chief
"""
