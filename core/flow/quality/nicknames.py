"""Short and pet forms of given names in several languages, by the name that they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

_TABLE = """
abigail: abby abbie gail|abraham: abe bram|adelaide: addie heidi|adelheid: heidi|adrian: adri ade|agnes: aggie agi|albert: al bert bertie
alberto: beto berto|alejandra: ale sandra|alejandro: ale alex jandro|aleksander: sasha olek alek|aleksandr: sasha sascha alex
aleksandra: sasha ola|aleksei: alyosha lyosha alex|alexander: alex al sandy xander sander sasha lex alec alexandr aleksandr
alexandra: alex sandra sandy sasha lexi alexa|alfred: al fred alfie fredi|alfredo: fredo alfre|alice: ali|alison: ali allie|amanda: mandy
ana: anita|anastasia: nastya ana stacy|andrea: andi andy|andreas: andi andy|andrej: andi|andrew: andy drew|andrzej: andrzejek jedrek
angela: angie|angelika: geli angie|anna: anne annie ann anni anja annika nan|anneliese: anni liesel|annemarie: anni|anthony: tony ant
antoine: tony toine|anton: toni|antonia: toni tonia|antonio: toni tonio tono nino|antonius: toon ton anton|armin: mino|arnold: arnie noll
arthur: art artie|astrid: asti|barbara: barb babs barbel babsi barbie basia|bartholomaus: bartl|bartlomiej: bartek|bartosz: bartek
beatrice: bea trixie|beatrix: bea trixi|beatriz: bea|benedikt: bene ben|benjamin: ben benny benji benni|bernadette: bernie detta
bernard: bernie|bernhard: bernd berni|bernardo: berni|bertha: bert bertie|bogdan: bodo|bradley: brad|brigitte: gitte gitta biggi
bridget: biddy bridie|cameron: cam|camille: cami|carl: charlie carlo karl|carlos: carlitos charly|carmen: carmela mamen
carolina: caro carol|caroline: caro carrie carol line|carolyn: carol lyn|catherine: cathy cath kate katie kathy cat kitty cathie
catherina: cathy|cecilia: ceci cissy celia|charles: charlie chuck chas charley|charlotte: charlie lotte lottie
christian: chris christ kris|christiane: chris christl|christina: chris tina chrissy christi|christine: chris christy tina chrissie
christoph: chris stoffel toph|christopher: chris topher kit kris|claudia: claudi|clemens: clem|clifford: cliff|concepcion: concha conchita
consuelo: chelo|constanze: conny|cornelia: conny nelly cora|cornelis: kees cor cees|cornelius: conny neil|cristina: cris tina
cynthia: cindy|dagmar: daggi|daniel: dan danny dani|daniela: dani|danielle: dani|david: dave davey davy|deborah: deb debbie debby debra
dennis: denny|desmond: des|dieter: didi|dietrich: dieter|dmitri: dima mitya|dmitry: dima mitya|dolores: lola|dominic: dom nick
dominik: domi|dominique: dom domi|donald: don donny donnie|dorothea: dora doro thea|dorothy: dot dottie dolly|douglas: doug
eberhard: eb hardy|edith: edie|edmund: ed eddie ted|eduard: edi ede|eduardo: edu lalo|edward: ed eddie ted ned teddy eddy|edwin: ed
ekaterina: katya katja|elena: lena helen|eleanor: ellie nell nora elly|elisa: eli
elisabeth: lisa elli betty sissi liesel lisbeth elsa else elise beth liz bettina ilse
elizabeth: liz beth betty lizzie eliza betsy libby bess lisa liza elsie|elsbeth: else|emanuel: manu manny|emil: milo|emily: em emmy millie
emmanuel: manu manny|emmanuelle: manu|enrique: quique kike|erich: eri|erika: eri|ernest: ernie|ernestine: tina|ernesto: neto|esther: essie
eugene: gene|eugen: geni|eva: evi|evelyn: evi eve|evgeni: zhenya|evgenia: zhenya|eveline: evi line|feliks: felek|felipe: pipe
ferdinand: ferdi ferdl nand|fernando: fer nando|filippo: pippo|florence: flo flossie|florian: flo flori|frances: fran fanny francie
francesca: franca cesca|francesco: franco cesco ciccio|francis: frank fran francie|francisca: paca paqui|francisco: paco pancho fran curro
francois: frans|francoise: fanfan|frank: franky frankie|franklin: frank|franz: franzl|franziska: franzi sissi|franciscus: frans sis
frederic: fred|frederick: fred freddy freddie rick fritz|frederik: fred freek frits rik|fredrik: fredde|friedrich: fritz fred frieder
friederike: rike fritzi|gabriel: gabe gabi|gabriele: gabi|gabriela: gabi|gabrielle: gabby|gennadi: gena|geoffrey: geoff jeff
georg: schorsch jorg|george: georgie|gerald: gerry jerry|gerard: gerry ger|gerardus: gerard ger gert|gerhard: gerd gert
gertrud: trude traudl gerti|gertrude: trudy gertie|gilbert: gil bert|giovanni: gianni nanni vanni|giuseppe: beppe peppe pino giusi
giuseppina: pina giusy|gisela: gisi|gottfried: friedl|gregor: greg|gregory: greg|grigori: grisha|guadalupe: lupe lupita|guillaume: guy gui
guillermo: memo guille|gunther: gunni|gustav: gustl gus|gustavo: gus tavo|gwendolyn: gwen wendy|hannelore: hanne lore|hans: hansi
harald: harry|harold: harry hal|harriet: hattie|heinrich: heinz heiner hein henry|helen: nell nellie|helena: lena helen|helene: lena leni
helmut: helli heli|hendrik: henk rik hein hendrikus|hendrikus: henk rik|henri: riton|henrietta: hetty etta|henriette: jette henni
henry: harry hank hal|herbert: herb bert herbie|hermann: manni|hubert: bert hubsi|humberto: beto|ida: idi|ignacio: nacho|ignatius: iggy
ignaz: naz|ildefonso: alfonso|immanuel: manu|inge: inga|ingeborg: inge|ioannis: giannis yannis|irene: reni|isaac: ike zac
isabel: isa bel belle chavela|isabella: bella isa izzy|isabelle: isa belle|istvan: pista pisti|ivan: vanya|jacob: jake jack cob
jacobus: jaap koos ko|jacqueline: jackie|jacques: jacquot|jakob: jake kobi|jakub: kuba|james: jim jimmy jamie jem|jan: janek janko
jane: jenny janie|janet: jan|janice: jan|janos: jancsi jani|janina: nina janka|jeanette: jean nettie|jean: jeannot|jeffrey: jeff geoff
jennifer: jen jenny jenni jenn|jens: jensi|jeremy: jem jerry|jerome: jerry|jerzy: jurek|jessica: jess jessie|jesus: chus chuy
joachim: achim jochen jo|joan: joanie|joanna: jo joanie asia|joanne: jo|joao: joaozinho|joaquin: quino|johan: joop hans
johann: hans hannes jo joh|johanna: hanna jo hanne anna joke|johannes: hannes hans jo jan joop johan|john: jack johnny jon jock
jonathan: jon jonny nathan|jordan: jordy|jorge: coque|jorg: jo|josef: sepp jo joschi pepi|josefa: pepa|josefina: fina pepa
josefine: josi fine|joseph: joe joey jo jos|josephine: jo josie|josephus: jos jef sjef|jose: pepe chema|joshua: josh|jozef: jos jef joe
jozsef: joci jozsi|juan: juanito|judith: judy jude judi|julia: jule julie|julian: jules juls|juliane: jule jana|julie: jules
juliette: jules|jurgen: jogi|justin: just|karel: kaja|karen: kari|karin: kari|karl: charly kalle|karoline: line karo|karolina: karo
katarina: kata katja|katarzyna: kasia kaska|katharina: kathi kati katja kathrin rina|katherine: kate katie kathy kat kitty kath kay
kathleen: kathy kate kath|kathryn: kate kathy kat|katrin: kati|kenneth: ken kenny|kimberly: kim|klaus: klausi|konrad: kuno conny
konstantin: kostya konsti kosta|konstantinos: kostas costas dinos|kristian: kris|kristin: kris|kristina: kris tina
krzysztof: krzysiek krzys|larissa: lara|lars: lasse|laszlo: laci|laura: laurie lauri|laurence: larry laurie|lawrence: larry laurie lars
leonard: leo len lenny|leonardo: leo nardo|leonhard: leo hardy|leonid: lyonya|leopold: leo poldi|leonore: nora lore|leslie: les
lillian: lil lily|lorenzo: renzo|louis: lou louie|louisa: lou|louise: lou|lourdes: lulu|lubomir: lubos|lucas: luke|lucia: lucy luci
lucille: lucy|ludmila: lyuda mila|ludovic: ludo|ludwig: lutz wiggerl luggi|luigi: gigi|luis: lucho|luisa: lulu|lukas: luki luke|lydia: lyd
lyudmila: lyuda mila|magdalena: lena magda leni|magdalene: magda lena|malgorzata: gosia|manfred: manni fred|manuel: manu manolo manny
manuela: manu|marcel: celli|marco: marc|marcus: marc mark|margaret: maggie meg peggy marge margie greta daisy rita meggie
margarete: grete gretel gretchen margit marga|margarita: rita marga|margarethe: grete marga|margherita: rita
maria: mia mitzi marie mary mari ria miriam marika|mariana: mari|marianne: mari janne|maria jose: marijo|maria teresa: maite
maria isabel: maribel|maria luisa: marisa|marie: mia|marina: mari|marion: mari|markus: mark max|marta: marti|martha: marty patty
martin: marty tino|martina: tina|martinus: martin tinus|mary: molly polly mae mamie|mateusz: mati|mathilde: tilda hilde|matteo: teo
matthew: matt matty mat|matthias: matze hias matt mathi|matthieu: mat|matias: mati|maurice: moe mo|maximilian: max maxi|maxim: max
maximiliane: maxi|maksim: max|melanie: mel melli|melissa: mel missy lissa|mercedes: merche
michael: mike mick micky mickey michi mikey mischa mischel|michaela: michi ela|michal: misiek|michel: mimi|michele: micha|michelle: shelly
miguel: migue|mihaly: misi|mikhail: misha mischa|mikolaj: mikko|milagros: mila|mildred: millie|miriam: miri mim|mitchell: mitch
mohammad: mo|mohammed: mo|mohamed: mo|monica: moni|monika: moni|montserrat: montse|nadezhda: nadia nadya|nancy: nan
natalia: natasha nata talia|natalie: nat|natalya: natasha|nathalie: nat|nathan: nate nat|nathaniel: nate nat|niccolo: nico
nicholas: nick nicky nico|nicola: nico nicky|nicolas: nico nick|nicole: nicky nicki nico|nikola: niko|nikolai: kolya|nikolaos: nikos
nikolaus: niko klaus klas nick|norbert: bert norbi|oleksandr: sasha|oliver: olli ollie|olivia: liv livvy|osvaldo: valdo|oskar: ossi
pamela: pam|pascal: pas|patricia: pat patty tricia trish patsy|patrick: pat paddy patty|patrizia: pat|paul: pauli|paula: pauli
pauline: paula line|pavel: pasha|pedro: perico|penelope: penny|peter: pete pit|petronella: nel nelly|petrus: piet peter pieter
philip: phil pip|philipp: phil lipp|philippe: phil|phillip: phil pip|pieter: piet peter|piotr: piotrek|raimund: ray|ralph: ralf
ramon: moncho|raphael: rafa raf|rafael: rafa|raymond: ray|rebecca: becky becca|regina: gina regi|reginald: reg reggie
reinhard: reini hardy|reinhold: reini|remigius: remi|renate: rena nati reni|ricardo: richi rick
richard: rick dick rich ritchie ricky richie|robert: rob bob bobby robbie bert robby robin|roberta: bobbie|roberto: beto robi tito
roderick: rod|rodolfo: rudi fito|rodrigo: rodri|roger: rog|roland: roli rolli|ronald: ron ronnie ronny|rosalie: rosi|rosalind: ros
rosario: charo|rosemary: rose rosie|rosemarie: rosi|rosa: rosita|rudolf: rudi rolf|rudolph: rudy|rupert: rupi|russell: russ|ruth: ruthie
sabine: bine|salvador: salva chava|salvatore: toto turi|samantha: sam sammy|samuel: sam sammy|sandra: sandy|sandor: sanyi|sara: sally
sarah: sally sadie|santiago: santi|sebastian: basti seb wastl bas|sebastien: seb|sergei: seryozha|sergio: checo|sharon: shari
sibylle: bille|siegfried: sigi|siegbert: sigi|siegmund: sigi|sieglinde: linde|sigrid: sigi siri|silvia: silvi|simon: si sim|simone: moni
sofia: sofi|sophia: sophie|sophie: soph|stanislav: stas slava|stanislaw: staszek|stanley: stan|stefan: steff steve|stefanie: steffi
stefano: ste|stephan: steff steffen|stephanie: steph steffi|stephane: steph|stephen: steve stevie steph|steven: steve stevie
susan: sue susie suzy|susana: susi|susanna: sue sanna|susanne: susi sanne|suzanne: sue suzy|svetlana: sveta lana|sylvia: syl|sylvie: syl
sylwester: sylwek|szczepan: stefan|tadeusz: tadek|tamara: tami|tatiana: tanya tanja|tatjana: tanja|teresa: tere|terence: terry
theodor: theo|theodore: ted theo teddy|theodorus: theo dirk|theresa: terry tess resi tessa|therese: resi tess|thomas: tom tommy thom tomi
thorsten: torsten toto|tiffany: tiff|tilman: till|timothy: tim timmy|timotheus: tim|tobias: tobi toby|tomas: tom tomy|tomasz: tomek
umberto: berto|ulrich: uli ulli|ulrike: uli rike ulli|ursula: uschi ursel ulla|valentin: vali|valentina: vale|valerie: val|vanessa: nessa
verena: vreni|vera: veri|veronica: ronnie vero|veronika: vroni|veronique: vero|vicente: chente|victor: vic|victoria: vicky tori vic
viktor: vitya|viktoria: vicky vika|vincent: vince vinnie|vincenzo: enzo cenzo|virginia: ginny|virginie: gini|vladimir: vova volodya vlad
volodymyr: vova|waldemar: waldi|walter: walt wally|waltraud: traudl|wilhelm: willi will helm willy|wilhelmina: mina minnie willa mien
wilhelmine: mine minna|willem: wim will pim|william: bill will billy willy liam wim willie|winfried: winni|winifred: winnie
wojciech: wojtek|wolfgang: wolf wolfi|yolanda: yoli|yuri: yura|yvonne: yvi|zachary: zach zac zack|zbigniew: zbyszek|zofia: zosia
zsuzsanna: zsuzsa zsuzsi
"""


@cache
def nickname_table() -> Mapping[str, frozenset[str]]:
    """By name: all names in whose line it stands. A name that stands for itself may be short for others, too."""
    found: dict[str, set[str]] = {}
    for entry in (entry for line in _TABLE.strip().splitlines() for entry in line.split("|")):
        whole, _, shorts = entry.partition(":")
        for short in (whole, *shorts.split()):
            found.setdefault(short, set()).update({whole.strip(), short})
    return {name: frozenset(names) for name, names in found.items()}
