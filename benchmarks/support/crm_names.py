"""Names and places from which people are invented: common ones of six countries, the commonest first."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Country:
    """What an invented person of a country may be called, where they live, and how their phone begins."""

    code: str
    given: tuple[str, ...]
    family: tuple[str, ...]
    cities: tuple[str, ...]
    dial: str
    legal_forms: tuple[str, ...]
    freemail: tuple[str, ...]
    top: str
    streets: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.replace("_", " ") for text in text.split())


COUNTRIES = (
    Country(
        "US",
        _words(
            "James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard Susan Joseph Jessica Thomas "
            "Karen Christopher Sarah Charles Lisa Daniel Nancy Matthew Sandra Anthony Ashley Mark Emily Steven Kimberly Andrew Margaret "
            "Paul Donna Joshua Michelle Kenneth Carol Kevin Amanda Brian Melissa Timothy Deborah Ronald Stephanie Jason Rebecca George "
            "Laura Edward Sharon Jeffrey Cynthia Ryan Kathleen Jacob Amy Nicholas Angela Gary Shirley Eric Brenda Jonathan Emma Stephen "
            "Anna Larry Pamela Justin Nicole Scott Samantha Brandon Katherine Benjamin Christine Samuel Helen Gregory Debra Alexander"
        ),
        _words(
            "Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson Anderson Thomas "
            "Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson Walker Young Allen King "
            "Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter Roberts Gomez Phillips "
            "Evans Turner Diaz Parker Cruz Edwards Collins Reyes Stewart Morris Morales Murphy Cook Rogers Gutierrez Ortiz Morgan Cooper "
            "Peterson Bailey Reed Kelly Howard Ramos Kim Cox Ward Richardson Watson Brooks Chavez Wood Bennett Gray Mendoza Ruiz Hughes "
            "Price Alvarez Castillo Sanders Patel Myers Long Ross Foster Jimenez Vandermeer Kowalczyk Abernathy Thistlewood Okonkwo "
            "Lindqvist "
            "Fairweather Castellano Dombrowski Hathaway Pemberton Rosenthal Whitfield Yarborough Zimmerman Quackenbush Merriweather"
        ),
        _words("Columbus Denver Portland Austin Boston Seattle Atlanta Phoenix Dallas Chicago Tampa Nashville"),
        "+1617555",
        ("Inc.", "LLC", "Corp.", "Inc", "Ltd."),
        ("gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com"),
        "com",
        _words("Main_St Oak_Street Maple_Ave Cedar_Ln Park_Avenue Elm_St Washington_Blvd Lake_Road Hill_Dr Pine_Street"),
    ),
    Country(
        "GB",
        _words(
            "Oliver Amelia George Isla Harry Ava Jack Emily Jacob Sophia Charlie Grace Thomas Mia Oscar Poppy William Ella James Lily "
            "Henry Evie Leo Charlotte Alfie Jessica Joshua Isabelle Freddie Daisy Archie Alice Ethan Freya Isaac Phoebe Alexander Florence "
            "Joseph Sienna Edward Ruby Samuel Matilda Max Rosie Daniel Eleanor Arthur Elizabeth Lucas Victoria Mohammed Margaret Graham "
            "Nigel Fiona Alistair Gareth Siobhan Rhys Bronwen"
        ),
        _words(
            "Smith Jones Taylor Brown Williams Wilson Johnson Davies Robinson Wright Thompson Evans Walker White Roberts Green Hall Wood "
            "Jackson Clarke Patel Khan Lewis James Phillips Mason Mitchell Rose Davis Rodgers Cooper Ward Hughes Edwards Turner Morris "
            "Hill "
            "Moore Clark Harrison Scott Young Allen Morgan Baker Bell Watson Palmer Adams Kelly Murray Ford Begum Shaw Ellis Bennett "
            "Cholmondeley Featherstone Ramsbottom Ollerenshaw Higginbotham Braithwaite Postlethwaite Birtwhistle Satterthwaite Llewellyn "
            "MacAllister O'Sullivan McGregor FitzGerald Blenkinsop Arkwright"
        ),
        _words("London Leeds Bristol Manchester Glasgow Cardiff Belfast Sheffield York Bath"),
        "+4420794",
        ("Ltd", "Limited", "PLC", "LLP"),
        ("gmail.com", "hotmail.co.uk", "yahoo.co.uk", "outlook.com", "btinternet.com"),
        "co.uk",
        _words("High_Street Station_Road Church_Lane Victoria_Road Green_Lane Manor_Rd Park_Road Queens_Road Mill_Lane"),
    ),
    Country(
        "DE",
        _words(
            "Peter Maria Michael Ursula Thomas Monika Wolfgang Petra Klaus Elisabeth Jürgen Sabine Andreas Renate Stefan Helga Christian "
            "Karin Uwe Brigitte Werner Ingrid Hans Erika Matthias Andrea Helmut Gisela Jörg Claudia Jens Susanne Frank Gabriele Markus "
            "Birgit Alexander Angelika Heinrich Heike Manfred Martina Bernd Anna Dieter Barbara Ralf Nicole Sebastian Stefanie Martin "
            "Julia "
            "Maximilian Katharina Friedrich Sandra Tobias Kerstin Florian Anja Karl-Heinz Anna-Lena Björn Jürgen Käthe Sören"
        ),
        _words(
            "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein Wolf Schröder "
            "Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Schmitz Krause Meier Lehmann Schmid Schulze "
            "Maier Köhler Herrmann König Walter Mayer Huber Kaiser Fuchs Peters Lang Scholz Möller Weiß Jung Hahn Schubert Vogel Friedrich "
            "Keller Günther Frank Berger Winkler Roth Beck Lorenz Baumann Franke Albrecht Schuster Simon Ludwig Böhm Winter Kraus Martin "
            "Birkenfeld Sonnenschein Pfannenstiel Wohlgemuth Leutheusser Schnarrenberger von_Bülow von_der_Heide Müller-Lüdenscheidt "
            "Kupferschmied Osterwalder Rautenberg Steinhäuser"
        ),
        _words("Berlin Hamburg München Köln Frankfurt Stuttgart Leipzig Dresden Bremen Nürnberg"),
        "+493023125",
        ("GmbH", "AG", "GmbH & Co. KG", "KG", "UG"),
        ("gmail.com", "gmx.de", "web.de", "t-online.de", "freenet.de"),
        "de",
        _words("Hauptstraße Bahnhofstr. Gartenstraße Dorfstr. Schulstraße Lindenweg Goethestraße Bergstr. Kirchgasse Ringstraße"),
    ),
    Country(
        "FR",
        _words(
            "Jean Marie Pierre Nathalie Michel Isabelle André Catherine Philippe Sylvie René Monique Alain Françoise Jacques Christine "
            "Bernard Martine Marcel Jacqueline Daniel Valérie Roger Sophie Robert Sandrine Paul Céline Claude Stéphanie Henri Véronique "
            "Christian Chantal Nicolas Aurélie Georges Émilie Patrick Julie François Camille Laurent Élodie Frédéric Hélène Jean-Pierre "
            "Marie-Claude Thierry Agnès Jean-Luc Anne-Sophie Benoît Loïc Maëlle"
        ),
        _words(
            "Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent Lefebvre Michel Garcia David Bertrand "
            "Roux "
            "Vincent Fournier Morel Girard André Lefèvre Mercier Dupont Lambert Bonnet François Martinez Legrand Garnier Faure Rousseau "
            "Blanc Guérin Muller Henry Roussel Nicolas Perrin Morin Mathieu Clément Gauthier Dumont Lopez Fontaine Chevalier Robin Masson "
            "Beauregard de_La_Fontaine Charbonneau Desrosiers Villeneuve Grandjean Peyrefitte d'Estaing Montgolfier Tournesol"
        ),
        _words("Paris Lyon Marseille Toulouse Nantes Lille Bordeaux Rennes Nice"),
        "+3319900",
        ("SARL", "SAS", "SA", "S.A.R.L."),
        ("gmail.com", "orange.fr", "free.fr", "wanadoo.fr", "laposte.net"),
        "fr",
        _words("rue_de_la_Paix avenue_Victor_Hugo rue_Pasteur place_de_la_République rue_du_Moulin boulevard_Gambetta rue_des_Lilas"),
    ),
    Country(
        "ES",
        _words(
            "Antonio María José Carmen Manuel Ana Francisco Isabel Juan Laura David Cristina Javier Marta Daniel Lucía Carlos Elena Jesús "
            "Pilar Alejandro Raquel Miguel Sara Rafael Paula Pedro Rosa Ángel Mercedes Pablo Beatriz Sergio Silvia Fernando Patricia Luis "
            "Nuria Jorge Andrea Alberto Irene Álvaro Julia Diego Sonia Adrián Natalia Raúl Eva Íñigo Begoña José_Luis Ana_María"
        ),
        _words(
            "García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Martín Jiménez Ruiz Hernández Díaz Moreno Muñoz "
            "Álvarez "
            "Romero Alonso Gutiérrez Navarro Torres Domínguez Vázquez Ramos Gil Ramírez Serrano Blanco Molina Morales Suárez Ortega "
            "Delgado "
            "Castro Ortiz Rubio Marín Sanz Núñez Iglesias Medina Garrido Cortés Castillo Santos Lozano Guerrero Cano Prieto Méndez Cruz "
            "García_López Fernández_Ruiz Etxebarria Zubizarreta Goikoetxea Aranburu Montesinos de_la_Vega Casanova Villalobos"
        ),
        _words("Madrid Barcelona Valencia Sevilla Zaragoza Málaga Bilbao Murcia"),
        "+3491900",
        ("S.L.", "SA", "S.A.", "SL"),
        ("gmail.com", "hotmail.com", "yahoo.es", "outlook.com"),
        "es",
        _words("Calle_Mayor Avenida_de_la_Constitución Calle_Real Plaza_España Calle_del_Sol Paseo_Marítimo Calle_Nueva"),
    ),
    Country(
        "NL",
        _words(
            "Jan Maria Johannes Anna Pieter Johanna Kees Sanne Willem Lotte Hendrik Fleur Jeroen Femke Daan Eva Sem Julia Lucas Emma Bram "
            "Sophie Thijs Lisa Ruben Anouk Bas Marieke Maarten Ilse Sander Esther Joris Inge Wouter Saskia Gijs Annelies Floris Marloes "
            "Koen Mirjam Stijn Roos Lars Noor Niels Tess Sven Maud"
        ),
        _words(
            "de_Jong Jansen de_Vries van_den_Berg van_Dijk Bakker Janssen Visser Smit Meijer de_Boer Mulder de_Groot Bos Vos Peters "
            "Hendriks van_Leeuwen Dekker Brouwer de_Wit Dijkstra Smits de_Graaf van_der_Meer van_der_Linden Kok Jacobs de_Haan Vermeulen "
            "van_den_Heuvel van_der_Veen van_den_Broek de_Bruijn Schouten van_Beek Willems van_Vliet Hoekstra Koster Verhoeven Prins Blom "
            "Huisman Peeters Kuipers van_Veen Postma Gerritsen Scholten Steenbergen Oosterhuis van_Nieuwenhuizen Terpstra Zandstra"
        ),
        _words("Amsterdam Rotterdam Utrecht Eindhoven Groningen Tilburg Almere Breda"),
        "+3120800",
        ("B.V.", "BV", "N.V.", "VOF"),
        ("gmail.com", "hotmail.com", "live.nl", "xs4all.nl"),
        "nl",
        _words("Kerkstraat Dorpsstraat Schoolstraat Molenweg Stationsweg Julianastraat Prinsengracht Nieuwstraat"),
    ),
)
"""Six countries; the lists are ordered by how common a name is."""

COMPANY_WORDS = _words(
    "Alder Amber Anchor Apex Arbor Aurora Bastion Beacon Birch Blue Bridge Canyon Cedar Cobalt Compass Copper Coral Crest Crown Delta "
    "Eagle "
    "Echo Elm Ember Falcon Fern Forge Garnet Glacier Granite Harbor Hawk Hazel Helix Heron Horizon Indigo Iris Iron Ivory Jade Juniper "
    "Kestrel Keystone Kupfer Lantern Laurel Lotus Lumen Lunar Magnet Maple Marble Meadow Mercury Meridian Mosaic Moss Nimbus North Nova "
    "Oak Oasis Onyx Opal Orbit Orchid Osprey Otter Pebble Phoenix Pine Pioneer Polar Prism Quartz Quill Radiant Raven Ridge River Rowan "
    "Saffron Sage Sapphire Silver Slate Solar Sparrow Spruce Sterling Stone Summit Swift Tern Timber Topaz Tulip Umber Union Vector Vega "
    "Vertex Violet Walnut Wave Willow Wind Wolf Zenith Zephyr"
)
COMPANY_TRADES = _words(
    "Systems Logistics Foods Software Consulting Media Energy Pharma Textiles Machines Solutions Partners Health Retail Travel Finance "
    "Labs Tools Paper Motors Design Steel Optics Robotics Services Trading Analytics Networks Interiors Printing"
)
TITLES = _words(
    "CEO Head_of_Sales Sales_Manager Marketing_Manager Software_Engineer Geschäftsführer Vertriebsleiter Accountant Buyer CTO Consultant "
    "Director Assistant Product_Manager HR_Manager Einkäufer Responsable_commercial Analyst Controller Office_Manager"
)
ROLES = _words("info sales contact office kontakt hello admin support")
